'use server';

import { action, readAction } from '@/lib/action';
import { changeExpiration, createToken, deleteToken, regenerateToken, renameToken } from '@/lib/tokens/commands';
import { lastUseOf } from '@/lib/tokens/queries';
import {
  changeExpirationInput,
  createTokenInput,
  deleteTokenInput,
  regenerateTokenInput,
  renameTokenInput,
  tokenIdInput,
} from '@/lib/tokens/schema';

export const createTokenAction = action(createTokenInput, createToken);
export const renameTokenAction = action(renameTokenInput, renameToken);
export const changeExpirationAction = action(changeExpirationInput, changeExpiration);
export const regenerateTokenAction = action(regenerateTokenInput, regenerateToken);
export const deleteTokenAction = action(deleteTokenInput, deleteToken);
export const lastUseAction = readAction(tokenIdInput, (actor, { id }) => lastUseOf(actor, id));
