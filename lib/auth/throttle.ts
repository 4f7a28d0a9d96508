import ipaddr from 'ipaddr.js';
import { limitConcurrency } from '@/lib/concurrency';
import { lock, type Tx, transaction } from '@/lib/db';
import { AppError } from '@/lib/errors';
import { newId } from '@/lib/id';
import { hmac } from '@/lib/keys';
import { runtime } from '@/lib/runtime';
import { foldKey } from '@/lib/text';

/** Attempts count for this long, in milliseconds. */
export const WINDOW = 15 * 60_000;
/** Failures that one source may have with one account. */
export const PER_SOURCE_AND_ACCOUNT = 10;
/** Failures that one source may have with all accounts together. */
export const PER_SOURCE = 50;
// What is left to a source that has not failed yet, by how often the account failed from anywhere: whoever rotates addresses gets
// little from each, and yet the owner, who knows the password, always has a try from elsewhere.
const STRANGERS = [
  { from: 30, tries: 1 },
  { from: 10, tries: 3 },
];

// Guesses at one account wait for each other inside the database: without this, a flood of them would hold every connection.
const limited = limitConcurrency(4, 256);

/** What is being guessed, from where. `known`: a browser that this account has signed in with before; it is a source of its own. */
export type Attempt = { account: Buffer<ArrayBuffer>; source: string; known: boolean };

/** How the throttle names an account (or whatever `subject` says is guessed): a keyed digest, so that what people mistype is not kept. */
export function accountOf(subject: string): Buffer<ArrayBuffer> {
  return hmac(runtime().keys.link, `account ${foldKey(subject)}`);
}

/** How the throttle names an address: IPv4 as it is, of IPv6 the /64, since that is what one customer has. */
export function sourceOf(ip: string | null): string {
  if (!ip || !ipaddr.isValid(ip)) return 'unknown';
  const address = ipaddr.process(ip);
  if (address.kind() === 'ipv4') return address.toString();
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${address.toString()}/64`).toString()}/64`;
}

/**
 * Takes one of the tries left, before anything is compared: parallel guesses cannot slip through. Gives its id, for
 * `releaseAttempt` if it turns out to be no failure. Refuses `too_many_attempts` with the `minutes` to wait, and `unavailable` when
 * too many are waiting.
 */
export function reserveAttempt(attempt: Attempt): Promise<string> {
  return limited(() => transaction((tx, now) => reserve(tx, now, attempt)));
}

async function reserve(tx: Tx, now: Date, attempt: Attempt): Promise<string> {
  // Always in this order, so that two of them never wait for each other.
  await lock(tx, `attempts of ${attempt.account.toString('hex')}`);
  await lock(tx, `attempts from ${attempt.source}`);
  await prune(tx, now);
  const until = await blockedUntil(tx, now, attempt);
  if (until) throw new AppError('too_many_attempts', { values: { minutes: Math.max(1, Math.ceil((until - now.getTime()) / 60_000)) } });
  const id = newId(now);
  await tx.signInAttempt.create({ data: { id, account: attempt.account, source: attempt.source, at: now }, select: { id: true } });
  return id;
}

/** Gives a reserved try back: it was a success, or nothing was compared. */
export async function releaseAttempt(tx: Tx, id: string): Promise<void> {
  await tx.signInAttempt.deleteMany({ where: { id } });
}

async function blockedUntil(tx: Tx, now: Date, { account, source, known }: Attempt): Promise<number | undefined> {
  const since = new Date(now.getTime() - WINDOW);
  const newest = { orderBy: { at: 'desc' }, select: { at: true } } as const;
  const mine = await tx.signInAttempt.findMany({ where: { account, source, at: { gt: since } }, take: PER_SOURCE_AND_ACCOUNT, ...newest });
  const all = known ? 0 : await tx.signInAttempt.count({ where: { account, at: { gt: since } } });
  const nearby = known ? [] : await tx.signInAttempt.findMany({ where: { source, at: { gt: since } }, take: PER_SOURCE, ...newest });
  const tries = STRANGERS.find(({ from }) => all >= from)?.tries ?? PER_SOURCE_AND_ACCOUNT;
  // A try comes free when the oldest of as many as are allowed leaves the window.
  const blocking = [mine[tries - 1], nearby[PER_SOURCE - 1]].filter((row) => row !== undefined);
  return blocking.length > 0 ? Math.max(...blocking.map((row) => row.at.getTime())) + WINDOW : undefined;
}

async function prune(tx: Tx, now: Date): Promise<void> {
  await tx.$executeRaw`
    DELETE FROM "sign_in_attempt" WHERE "id" IN (
      SELECT "id" FROM "sign_in_attempt" WHERE "at" <= ${new Date(now.getTime() - WINDOW)} LIMIT 100 FOR UPDATE SKIP LOCKED)`;
}
