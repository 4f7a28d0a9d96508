import { hashPassword } from '@/lib/auth/passwords';
import { databaseNow, db, lock, type Tx } from '@/lib/db';
import { oldAlerts } from '@/lib/demo/alerts';
import { liveToken, strangers } from '@/lib/demo/life';
import { DEMO_PASSWORD } from '@/lib/demo/people';
import { dice } from '@/lib/demo/random';
import type { Row } from '@/lib/demo/rows';
import { arrivals, type Member, makeStaff, signIns, userRow } from '@/lib/demo/staff';
import { tokens } from '@/lib/demo/tokens';
import { momentOf, newId } from '@/lib/id';
import { runtime } from '@/lib/runtime';

const SEED = 20_261_121;
const ROWS_AT_ONCE = 5000;
const EVENTS_IN_LEAF = 500;
const PATIENCE = 120_000;

/**
 * Fills the running process's database with the demo's people, tokens and six weeks of events up to now: all of it or nothing.
 * Does nothing, and gives false, when anybody has an account.
 */
export async function fillDemo(): Promise<boolean> {
  const passwordHash = await hashPassword(DEMO_PASSWORD);
  return db().$transaction(
    async (tx) => {
      await lock(tx, 'setup');
      if (await tx.user.findFirst({ select: { id: true } })) return false;
      const plan = makeHistory(await databaseNow(tx), passwordHash);
      await insert(tx, 'user', plan.users);
      await insert(tx, 'token', plan.tokens);
      await insert(tx, 'token_secret', plan.secrets);
      await insert(tx, 'audit_event', plan.events);
      await insert(tx, 'audit_pending', plan.leaves);
      await insert(tx, 'alert', plan.alerts);
      return true;
    },
    { maxWait: PATIENCE, timeout: PATIENCE },
  );
}

/** The rows of the demo's whole history, the log in order of time. */
function makeHistory(now: Date, passwordHash: string) {
  const roll = dice(SEED);
  const { env, keys } = runtime();
  const staff = makeStaff(now);
  const owner = (key: string) => staff.find((member) => member.key === key) as Member;
  const lives = tokens.map((plan) => liveToken(plan, owner(plan.owner), now, roll, env.tokenPrefix, keys));
  const visits = staff.map((member) => signIns(member, now, roll));
  const accesses = [...lives.flatMap((life) => life.events), ...strangers(now, roll)].sort(byId);
  const old = oldAlerts(
    accesses,
    lives.map((life) => life.token),
    owner('ada'),
  );
  const events = [...arrivals(staff), ...visits.flat(), ...accesses, ...old.events];
  const log = events.filter(({ at }) => Date.parse(String(at)) <= now.getTime()).sort(byId);
  return {
    users: staff.map((member, i) => userRow(member, passwordHash, lastSignIn(visits[i] ?? []))),
    tokens: lives.map((life) => life.token),
    secrets: lives.flatMap((life) => life.secrets),
    events: log,
    leaves: gatherLeaves(log),
    alerts: old.alerts,
  };
}

function byId(a: Row, b: Row): number {
  return String(a.id) < String(b.id) ? -1 : 1;
}

/** Gathers events, in order, into leaves of the ledger, as if the gate had written so many at once. */
function gatherLeaves(events: Row[]): Row[] {
  const leaves: Row[] = [];
  for (let from = 0; from < events.length; from += EVENTS_IN_LEAF) {
    const group = events.slice(from, from + EVENTS_IN_LEAF);
    const leaf_id = newId(momentOf(String(group[0]?.id)) - 1);
    for (const event of group) event.leaf_id = leaf_id;
    leaves.push({ leaf_id, last_id: String(group.at(-1)?.id), events: group.length });
  }
  return leaves;
}

function lastSignIn(events: readonly Row[]): number | undefined {
  const at = events.findLast(({ event }) => event === 'user.signed_in')?.at;
  return at === undefined ? undefined : Date.parse(String(at));
}

/** History is written as rows, not through commands: those would date everything now. */
async function insert(
  tx: Tx,
  table: 'user' | 'token' | 'token_secret' | 'audit_event' | 'audit_pending' | 'alert',
  rows: readonly Row[],
): Promise<void> {
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
    const sql = `INSERT INTO "${table}" SELECT * FROM json_populate_recordset(NULL::"${table}", $1::json)`;
    await tx.$executeRawUnsafe(sql, JSON.stringify(rows.slice(from, from + ROWS_AT_ONCE)));
  }
}
