import { z } from 'zod';
import { LONGEST_GRACE, limit, type TokenLimit } from '@/lib/tokens/schema';

/** What holds for everybody's tokens. */
export type Policy = {
  /** The limit of tokens without one of their own. */
  defaultLimit: TokenLimit | null;
  /** How many hours a replaced value may go on working at most; 0: not at all. */
  longestGraceHours: number;
};

/** How many whole months of the log are kept, by kind; null: for ever. */
export type Retention = { accesses: number | null; operations: number | null };

/** What a retention would take out of one kind: what is from before that moment (ISO 8601), counted up to `MOST_COUNTED`. */
export type Doomed = { before: string; events: number; isMore: boolean };

/** Of each kind that it would take something of. */
export type RetentionPreview = { accesses: Doomed | null; operations: Doomed | null };

const months = z.int('months_invalid').min(1, 'months_invalid').max(1200, 'months_invalid').nullable();

export const changeRetentionInput = z.strictObject({ accesses: months, operations: months });

export const changePolicyInput = z.strictObject({ defaultLimit: limit });

export const changeLongestGraceInput = z.strictObject({
  longestGraceHours: z
    .int('grace_invalid')
    .min(0, 'grace_invalid')
    .max(LONGEST_GRACE / 3600, 'grace_invalid'),
});
