import type { ActionResult } from '@/lib/action';
import type { Expiration, IssuedToken, LastUse } from '@/lib/tokens/schema';

type Action<Input, Output> = (input: Input) => Promise<ActionResult<Output>>;

/** The server actions of the list, handed in by the page. */
export type TokenActions = {
  create: Action<{ name: string; description: string; expiration: Expiration }, IssuedToken>;
  rename: Action<{ id: string; name: string }, void>;
  changeExpiration: Action<{ id: string; expiration: Expiration }, { expiresAt: string | null }>;
  regenerate: Action<{ id: string; generation: number; expiration?: Expiration }, IssuedToken>;
  remove: Action<{ id: string; confirmName: string }, void>;
  lastUse: Action<{ id: string }, LastUse | null>;
};

/** What the viewer may do: everything with their own; administrators all but seeing a value of others'; auditors look. */
export type TokenRights = 'own' | 'manage' | 'read';

/** What a row's menu can open. */
export type RowAction = 'rename' | 'changeExpiration' | 'regenerate' | 'delete';
