import type { z } from 'zod';
import type { ActionResult } from '@/lib/action';
import type { Receipt } from '@/lib/instances/schema';
import type { addUserInput, changeRoleInput, userIdInput } from '@/lib/users/schema';

type Action<Schema extends z.ZodType, Output> = (input: z.input<Schema>) => Promise<ActionResult<Output>>;

/** A link as it is shown once. */
export type ShownLink = { link: string; expiresAt: string };

/** The server actions of the user pages, handed in by them; nobody but administrators gets them. */
export type UserActions = {
  add: Action<typeof addUserInput, ShownLink>;
  createLink: Action<typeof userIdInput, ShownLink>;
  changeRole: Action<typeof changeRoleInput, void>;
  disable: Action<typeof userIdInput, void>;
  enable: Action<typeof userIdInput, void>;
  /** On how many instances the newest of both holds. */
  receipt: Action<typeof userIdInput, Receipt | null>;
};
