import { z } from 'zod';

/** In the roll-up: all requests, also those with what is no token. */
export const EVERYTHING = '00000000-0000-0000-0000-000000000000';

/** In the roll-up: all addresses beyond those that are told apart. */
export const OTHER_ADDRESSES = '*';

/** How far back usage is shown. */
export const usageRanges = ['24h', '7d', '30d', '90d'] as const;

export type UsageRange = (typeof usageRanges)[number];

/** The range that a URL asks for; what is none is the week. */
export const usageRange = z.enum(usageRanges).catch('7d');

/** An hour or a day in the viewer's time zone, and what happened in it. */
export type UsageBucket = {
  /** ISO 8601. */
  start: string;
  allowed: number;
  refused: number;
};

/** Requests in a range, and in the range of the same length before it. */
export type UsageTotals = { requests: number; refused: number; requestsBefore: number; refusedBefore: number };

export type UsageReason = { reason: string; requests: number };

export type Usage = {
  range: UsageRange;
  unit: 'hour' | 'day';
  buckets: UsageBucket[];
  totals: UsageTotals;
  /** Why requests were refused, the commonest first. */
  reasons: UsageReason[];
  /** Up to where the log has been added up, when that is more than some seconds ago. */
  behindSince: string | null;
};

/** `address` null: not known, or (`isOther`) all others. */
export type UsageAddress = { address: string | null; isOther: boolean; requests: number; refused: number; lastAt: string };

/** A granted scope. `requests` in the range; `lastAt` null: not seen for as long as usage is kept. */
export type UsageScope = { scope: string; requests: number; lastAt: string | null };

export type TokenUsage = Usage & {
  addresses: UsageAddress[];
  /** How many addresses there are beyond those. */
  moreAddresses: number;
  scopes: UsageScope[];
  /** Granted for at least 30 days, and not asked for in that time. */
  unusedScopes: string[];
};

/** A token with much to do, or much refused. */
export type UsageToken = { id: string; name: string; owner: string; isDeleted: boolean; requests: number; refused: number };

export type Overview = Usage & { busiest: UsageToken[]; mostRefused: UsageToken[] };

/** The last 24 hours of a token: what passed in the busiest one and in all of them, and what was refused for coming too often. */
export type LimitUse = { busiestHour: number; day: number; refused: number };

/** The last seven days of a token, oldest first. */
export type UsageWeek = { allowed: number[]; refused: number[] };
