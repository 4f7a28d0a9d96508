'use server';

import { action, readAction } from '@/lib/action';
import { awaitReceipt } from '@/lib/instances/queries';
import { addUser, changeRole, createLink, disableUser, enableUser } from '@/lib/users/commands';
import { addUserInput, changeRoleInput, userIdInput } from '@/lib/users/schema';

export const addUserAction = action(addUserInput, addUser);
export const createLinkAction = action(userIdInput, createLink);
export const changeRoleAction = action(changeRoleInput, changeRole);
export const disableUserAction = action(userIdInput, disableUser);
export const enableUserAction = action(userIdInput, enableUser);
export const userReceiptAction = readAction(userIdInput, (actor, { id }) => awaitReceipt(actor, { userId: id }));
