import type { Access } from '@/components/tokens/access';
import type { ActionResult } from '@/lib/action';
import type { Receipt } from '@/lib/instances/schema';
import type { PublicKey } from '@/lib/jwk';
import type { AccessChoices, Expiration, IssuedToken, LastUse, OldValue } from '@/lib/tokens/schema';

type Action<Input, Output> = (input: Input) => Promise<ActionResult<Output>>;

/** The server actions of the list, handed in by the page. */
export type TokenActions = {
  create: Action<{ name: string; description: string; expiration: Expiration; publicKey?: PublicKey } & Access, IssuedToken>;
  rename: Action<{ id: string; name: string }, void>;
  changeExpiration: Action<{ id: string; expiration: Expiration }, { expiresAt: string | null }>;
  changeAccess: Action<{ id: string } & Partial<Access>, void>;
  bind: Action<{ id: string; publicKey: PublicKey | undefined; from: string | null }, { thumbprint: string }>;
  unbind: Action<{ id: string; from: string | null }, void>;
  suspend: Action<{ id: string; reason: string }, void>;
  resume: Action<{ id: string }, void>;
  regenerate: Action<{ id: string; generation: number; expiration?: Expiration; graceSeconds?: number }, IssuedToken>;
  remove: Action<{ id: string; confirmName: string }, void>;
  lastUse: Action<{ id: string }, LastUse | null>;
  /** On how many instances the newest change holds. */
  receipt: Action<{ id: string }, Receipt | null>;
  accessChoices: Action<Record<never, never>, AccessChoices>;
};

/** The server actions of a replaced value, handed in by the token's page. */
export type OldValueActions = {
  read: Action<{ id: string }, OldValue | null>;
  finish: Action<{ id: string; generation: number }, void>;
  extend: Action<{ id: string; generation: number; until: string; graceSeconds: number }, { until: string }>;
  receipt: TokenActions['receipt'];
};

/** What the viewer may do: everything with their own; administrators all but seeing a value of others'; auditors look. */
export type TokenRights = 'own' | 'manage' | 'read';

/** What a row's menu can open. */
export type RowAction = 'rename' | 'changeExpiration' | 'editAccess' | 'bind' | 'unbind' | 'regenerate' | 'suspend' | 'resume' | 'delete';
