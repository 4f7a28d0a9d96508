import {
  accessChoicesAction,
  bindTokenAction,
  changeAccessAction,
  changeExpirationAction,
  createTokenAction,
  deleteTokenAction,
  extendGraceAction,
  finishGraceAction,
  lastUseAction,
  oldValueAction,
  receiptAction,
  regenerateTokenAction,
  renameTokenAction,
  resumeTokenAction,
  suspendTokenAction,
  unbindTokenAction,
} from '@/app/(console)/tokens/actions';
import type { OldValueActions, TokenActions, TokenRights } from '@/components/tokens/types';
import { type Actor, can } from '@/lib/permissions/permissions';

/** What lists of tokens and a token's own page hand to their dialogs. */
export const tokenActions: TokenActions = {
  create: createTokenAction,
  rename: renameTokenAction,
  changeExpiration: changeExpirationAction,
  changeAccess: changeAccessAction,
  bind: bindTokenAction,
  unbind: unbindTokenAction,
  suspend: suspendTokenAction,
  resume: resumeTokenAction,
  regenerate: regenerateTokenAction,
  remove: deleteTokenAction,
  lastUse: lastUseAction,
  receipt: receiptAction,
  accessChoices: accessChoicesAction,
};

/** What a token's page hands to the part about its old value. */
export const oldValueActions: OldValueActions = {
  read: oldValueAction,
  finish: finishGraceAction,
  extend: extendGraceAction,
  receipt: receiptAction,
};

/** What `actor` may do with the tokens of `ownerId`, as far as pages have to know: commands decide for themselves. */
export function tokenRights(actor: Actor, ownerId: string): TokenRights {
  if (ownerId === actor.userId) return 'own';
  return can(actor, 'token.write', ownerId) ? 'manage' : 'read';
}
