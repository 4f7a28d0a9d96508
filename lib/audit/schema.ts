import { z } from 'zod';

/** Every event that the log knows; the part before the dot says what it is about. */
export const eventNames = [
  'token.created',
  'token.renamed',
  'token.expiry_changed',
  'token.regenerated',
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
] as const;

export type EventName = (typeof eventNames)[number];

/** Why the gate refused. */
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

export type RefusalReason = (typeof refusalReasons)[number];

export const outcomes = ['ok', 'refused'] as const;

export type Outcome = (typeof outcomes)[number];

/** What changed: field -> [before, after], as JSON. Never a secret. */
export type Changes = Record<string, [before: JsonValue, after: JsonValue]>;

type JsonValue = string | number | boolean | null | JsonValue[];

export const eventName = z.enum(eventNames);
