'use server';

import { action } from '@/lib/action';
import { addUser, changeRole, createLink, disableUser, enableUser } from '@/lib/users/commands';
import { addUserInput, changeRoleInput, userIdInput } from '@/lib/users/schema';

export const addUserAction = action(addUserInput, addUser);
export const createLinkAction = action(userIdInput, createLink);
export const changeRoleAction = action(changeRoleInput, changeRole);
export const disableUserAction = action(userIdInput, disableUser);
export const enableUserAction = action(userIdInput, enableUser);
