import {
  addUserAction,
  changeRoleAction,
  createLinkAction,
  disableUserAction,
  enableUserAction,
  userReceiptAction,
} from '@/app/(console)/users/actions';
import type { UserActions } from '@/components/users/types';

/** What the pages of users hand to their components. */
export const userActions: UserActions = {
  add: addUserAction,
  createLink: createLinkAction,
  changeRole: changeRoleAction,
  disable: disableUserAction,
  enable: enableUserAction,
  receipt: userReceiptAction,
};
