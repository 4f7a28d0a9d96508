'use server';

import { action, readAction } from '@/lib/action';
import { changeStream, createStream, deleteStream, pauseStream, resumeStream, rotateSigningKey } from '@/lib/streams/commands';
import { changeStreamInput, createStreamInput, rotateKeyInput, streamIdInput } from '@/lib/streams/schema';
import { discardBatch, resendBatch, testStream } from '@/lib/streams/trials';

export const createStreamAction = action(createStreamInput, createStream);
export const changeStreamAction = action(changeStreamInput, changeStream);
export const rotateSigningKeyAction = action(rotateKeyInput, rotateSigningKey);
export const pauseStreamAction = action(streamIdInput, pauseStream);
export const resumeStreamAction = action(streamIdInput, resumeStream);
export const deleteStreamAction = action(streamIdInput, deleteStream);
export const testStreamAction = readAction(streamIdInput, testStream);
export const resendBatchAction = action(streamIdInput, resendBatch);
export const discardBatchAction = action(streamIdInput, discardBatch);
