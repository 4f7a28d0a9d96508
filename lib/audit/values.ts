// Apart from schema.ts, so that pages which list them need not load zod.

/** Every event that the log knows; the part before the dot says what it is about. */
export const eventNames = [
  'token.created',
  'token.renamed',
  'token.expiry_changed',
  'token.scopes_changed',
  'token.addresses_changed',
  'token.limit_changed',
  'token.bound',
  'token.unbound',
  'token.regenerated',
  'token.grace_extended',
  'token.grace_ended',
  'token.suspended',
  'token.resumed',
  'token.deleted',
  'token.used',
  'token.refused',
  'user.signed_in',
  'user.sign_in_failed',
  'user.signed_out',
  'user.created',
  'user.updated',
  'user.role_changed',
  'user.disabled',
  'user.enabled',
  'user.password_changed',
  'user.link_created',
  'user.sessions_ended',
  'policy.changed',
  'stream.created',
  'stream.changed',
  'stream.key_rotated',
  'stream.paused',
  'stream.resumed',
  'stream.tested',
  'stream.resent',
  'stream.deleted',
  'alert.raised',
  'alert.acknowledged',
  'alert.rule_changed',
  'audit.exported',
  'audit.export_finished',
  'audit.export_aborted',
  'audit.export_downloaded',
  'audit.export_deleted',
  'audit.verified',
  'audit.view_saved',
  'audit.view_changed',
  'audit.view_renamed',
  'audit.view_deleted',
  'audit.pruned',
] as const;

/** What the log has by far the most of: those that the gate writes. All others are operations. */
export const accessEvents: readonly string[] = ['token.used', 'token.refused'] satisfies (typeof eventNames)[number][];

export const eventKinds = ['operation', 'access'] as const;

type GroupOf<Event extends string> = Event extends `${infer Group}.${string}` ? Group : never;

export type EventGroup = GroupOf<(typeof eventNames)[number]>;

/** What events are about, in the order of their names; with ".*" a filter for all of them. */
export const eventGroups = [...new Set(eventNames.map((name) => name.slice(0, name.indexOf('.'))))] as EventGroup[];

/** After these the gate answers differently: lib/instances tells when every instance does. */
export const grantEvents: ReadonlySet<string> = new Set<(typeof eventNames)[number]>([
  'token.expiry_changed',
  'token.scopes_changed',
  'token.addresses_changed',
  'token.limit_changed',
  'token.regenerated',
  'token.grace_extended',
  'token.grace_ended',
  'token.suspended',
  'token.resumed',
  'token.deleted',
  'token.bound',
  'token.unbound',
  'user.disabled',
  'user.enabled',
  'policy.changed',
]);

/** Why the gate refuses. */
export const refusalReasons = [
  'malformed',
  'unknown',
  'expired',
  'deleted',
  'suspended',
  'superseded',
  'owner_disabled',
  'scope',
  'address',
  'rate_limited',
  'replayed',
] as const;

/** Every reason that an event can have, by what it is about; "unknown" is of both tokens and accounts. */
export const auditReasons = {
  token: refusalReasons,
  user: ['wrong_password', 'unknown', 'disabled', 'throttled'],
  audit: ['cancelled', 'revoked', 'too_slow', 'too_large', 'failed', 'changed'],
} as const;

export const outcomes = ['ok', 'refused'] as const;

/** The ranges that reach back from now, in milliseconds. */
export const auditRanges = { '1h': 3_600_000, '1d': 86_400_000, '7d': 7 * 86_400_000, '30d': 30 * 86_400_000 } as const;

/** The filters of the log, as they stand in the URL. */
export const auditFilterNames = [
  'q',
  'kind',
  'event',
  'actor',
  'target',
  'token',
  'outcome',
  'reason',
  'ip',
  'request',
  'from',
  'to',
  'range',
] as const;

/** Those of them that the search bar knows by name. */
export const searchNames = ['q', 'kind', 'event', 'actor', 'target', 'token', 'outcome', 'reason', 'ip', 'request'] as const;

/** The columns that the log can have, in their order; an event's name is always one. */
export const auditColumns = [
  'time',
  'actor',
  'about',
  'token',
  'outcome',
  'reason',
  'ip',
  'request',
  'scopes',
  'userAgent',
  'requestId',
] as const;

/** Those of a log whose columns nobody has chosen. */
export const usualColumns: readonly (typeof auditColumns)[number][] = ['time', 'actor', 'token', 'outcome', 'ip'];

/** As what events can be taken along. */
export const exportFormats = ['csv', 'ndjson', 'proofs'] as const;
