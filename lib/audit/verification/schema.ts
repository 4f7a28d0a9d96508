import { z } from 'zod';
import type { ProblemKind } from '@/lib/audit/ledger/problems';

/** One place of the log that is not what was signed. Numbers as text, moments ISO 8601. */
export type VerificationProblem = {
  kind: ProblemKind;
  leaf: string | null;
  checkpoint: string | null;
  from: string | null;
  to: string | null;
  /** Exactly what is wrong, in English, as `npm run audit:verify` says it. */
  detail: string;
};

/** Something that was taken out of the log as the policy said. Moments ISO 8601. */
export type VerificationPrune = { eventId: string; kind: string; at: string; before: string; events: number };

export type VerificationState = 'waiting' | 'running' | 'whole' | 'changed' | 'interrupted';

/** A verification as pages show it. */
export type VerificationRow = {
  id: string;
  kind: 'asked' | 'daily' | 'command';
  state: VerificationState;
  /** Who asked for it, by today's name. */
  by: string | null;
  /** When it ended; before that, when it was asked for. */
  at: string;
  /** Leaves that are done, of how many. */
  done: number;
  total: number;
  events: number;
  /** Events that were not yet sealed. */
  pending: number;
  /** How many problems there are; the first of them, in the order of the log. */
  found: number;
  problems: VerificationProblem[];
  /** No problems, but to be looked at: events that were sealed more than an hour after the time that they bear. */
  late: number;
  /** What waited to be sealed and could not be. */
  setAside: number;
  /** How often something was pruned; the last times, the latest first. */
  pruned: number;
  prunes: VerificationPrune[];
};

/** What is known of whether the log is what was signed. */
export type Integrity = {
  /** The last verification that came to its end. */
  last: VerificationRow | null;
  /** The newest one, whatever became of it. */
  newest: VerificationRow | null;
  /** The public key that checkpoints are signed with: name+hint+key. */
  key: string;
  checkpoint: { number: number; leaves: number; at: string; note: string } | null;
};

export const nothingInput = z.strictObject({});
