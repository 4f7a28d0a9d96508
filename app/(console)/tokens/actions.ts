'use server';

import { action, readAction } from '@/lib/action';
import { awaitReceipt } from '@/lib/instances/queries';
import { changeAccess } from '@/lib/tokens/access';
import { bindToken, unbindToken } from '@/lib/tokens/binding';
import { changeExpiration, createToken, deleteToken, regenerateToken, renameToken } from '@/lib/tokens/commands';
import { extendGrace, finishGrace } from '@/lib/tokens/grace';
import { getOldValue } from '@/lib/tokens/old-value';
import { accessChoices, lastUseOf } from '@/lib/tokens/queries';
import {
  accessChoicesInput,
  bindTokenInput,
  changeAccessInput,
  changeExpirationInput,
  createTokenInput,
  deleteTokenInput,
  extendGraceInput,
  finishGraceInput,
  regenerateTokenInput,
  renameTokenInput,
  resumeTokenInput,
  suspendTokenInput,
  tokenIdInput,
  unbindTokenInput,
} from '@/lib/tokens/schema';
import { resumeToken, suspendToken } from '@/lib/tokens/suspension';

export const createTokenAction = action(createTokenInput, createToken);
export const renameTokenAction = action(renameTokenInput, renameToken);
export const changeExpirationAction = action(changeExpirationInput, changeExpiration);
export const changeAccessAction = action(changeAccessInput, changeAccess);
export const bindTokenAction = action(bindTokenInput, bindToken);
export const unbindTokenAction = action(unbindTokenInput, unbindToken);
export const suspendTokenAction = action(suspendTokenInput, suspendToken);
export const resumeTokenAction = action(resumeTokenInput, resumeToken);
export const regenerateTokenAction = action(regenerateTokenInput, regenerateToken);
export const deleteTokenAction = action(deleteTokenInput, deleteToken);
export const finishGraceAction = action(finishGraceInput, finishGrace);
export const extendGraceAction = action(extendGraceInput, extendGrace);
export const oldValueAction = readAction(tokenIdInput, (actor, { id }) => getOldValue(actor, id));
export const lastUseAction = readAction(tokenIdInput, (actor, { id }) => lastUseOf(actor, id));
export const receiptAction = readAction(tokenIdInput, (actor, { id }) => awaitReceipt(actor, { tokenId: id }));
export const accessChoicesAction = readAction(accessChoicesInput, accessChoices);
