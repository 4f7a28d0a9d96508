import { loadAuditOnce, loadedId } from '@/bench/load-audit';
import { openWorld, percentile } from '@/bench/world';
import type { AuditFilters } from '@/lib/audit/filters';
import { listAuditEvents } from '@/lib/audit/queries';
import { withClient } from '@/lib/boot/roles';
import { newId } from '@/lib/id';
import type { Actor } from '@/lib/permissions/permissions';

const EVENTS = Number(process.env.BENCH_EVENTS ?? 1_000_000);
const DAYS = 730;
const DAY = 86_400_000;
const TIMES = 20;
const LIMIT = 150;

/**
 * Pages of a log of BENCH_EVENTS events (10,000,000 for the figure that is promised) over 24 months: the server's time for each filter and
 * each pair of filters, with other values each time; a deep page beside the first; and what a million events take on disk.
 */
export async function benchAudit(): Promise<void> {
  const world = await openWorld();
  try {
    const start = performance.now();
    const load = { events: EVENTS, tokens: 1000, users: 50, days: DAYS, until: new Date() };
    const until = await withClient(world.ownerUrl, (client) => loadAuditOnce(client, load));
    console.log(`${EVENTS.toLocaleString('en')} events over ${DAYS} days, loaded in ${Math.round((performance.now() - start) / 1000)} s`);
    await measure(until);
    console.table(await sizes(world.ownerUrl));
  } finally {
    await world.close();
  }
}

type Draw = () => number;
type Filter = keyof AuditFilters;

/** The same numbers in each run (mulberry32). */
function draws(seed: number): Draw {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const EVENT_NAMES = [
  'token.used',
  'token.refused',
  'user.signed_in',
  'user.sign_in_failed',
  'token.renamed',
  'token.deleted',
  'policy.changed',
  'token.*',
  'user.*',
  'policy.*',
] as const;
const REASONS = ['malformed', 'unknown', 'expired', 'deleted', 'superseded', 'owner_disabled', 'wrong_password', 'replayed'] as const;

/** A value for every filter of the page, as people would choose it: ids and names, common ones and rare ones, addresses and ranges. */
function values(draw: Draw, until: Date): AuditFilters {
  const pick = <T>(of: readonly T[]) => of[Math.floor(draw() * of.length)] as T;
  const [person, token] = [1 + Math.floor(draw() * 50), 1 + Math.floor(draw() * 1000)];
  const from = until.getTime() - draw() * DAYS * DAY;
  return {
    q: pick([
      loadedId('user', person),
      loadedId('token', token),
      `person${person}@example.org`,
      'Ada',
      'Visser',
      `gateway ${1 + (token % 9)}`,
    ]),
    kind: pick(['operation', 'access'] as const),
    event: pick(EVENT_NAMES),
    actor: pick([loadedId('user', person), `person${person}@example.org`, 'Ada', 'Visser', 'system']),
    target: pick([loadedId('user', person), 'Ada', 'Visser']),
    token: pick([loadedId('token', token), `${pick(['ci', 'deploy', 'backup'])} ${token}`, `gateway ${1 + (token % 9)}`]),
    outcome: pick(['ok', 'refused'] as const),
    reason: pick(REASONS),
    ip: pick([
      `10.20.0.${token % 256}`,
      `10.20.${token % 8}.0/24`,
      '10.20.0.0/16',
      '203.0.113.0/24',
      `203.0.113.${token % 256}`,
      '192.0.2.0/24',
      '2001:db8::/64',
    ]),
    request: pick([newId(from), 'not-a-request-of-ours']),
    from: new Date(from),
    until: new Date(from + draw() * 90 * DAY),
    within: pick([1 / 24, 1, 7, 30]) * DAY,
  };
}

const FILTERS: Filter[] = [
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
  'until',
  'within',
];

async function measure(until: Date): Promise<void> {
  const admin = viewer(1, 'admin');
  const member = viewer(9, 'member');
  const none = await time(admin, until, []);
  const deep = await time(admin, until, [], DAYS - 30);
  console.table([
    { page: 'first', ...none },
    { page: `${DAYS - 30} days back`, ...deep },
    { page: 'first, a member', ...(await time(member, until, [])) },
    { page: 'a member, any filter', ...worst(await Promise.all(FILTERS.map((one) => () => time(member, until, [one])).map(inTurn()))) },
  ]);
  const rows = [];
  for (const one of FILTERS)
    rows.push({ filters: one, ...(await time(admin, until, [one])), deep: (await time(admin, until, [one], 600))['p95 ms'] });
  console.table(rows);
  const pairs = [];
  for (const [n, one] of FILTERS.entries())
    for (const other of FILTERS.slice(n + 1)) pairs.push({ filters: `${one} + ${other}`, ...(await time(admin, until, [one, other])) });
  pairs.push({ filters: 'actor + token + ip', ...(await time(admin, until, ['actor', 'token', 'ip'])) });
  pairs.push({ filters: 'event + actor + ip + from', ...(await time(admin, until, ['event', 'actor', 'ip', 'from'])) });
  pairs.sort((a, b) => b['p95 ms'] - a['p95 ms']);
  console.log(`${pairs.length} combinations, the ten slowest:`);
  console.table(pairs.slice(0, 10).map((row) => ({ ...row, limit: LIMIT })));
}

/** One after the other, though they are asked for together. */
function inTurn() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work);
    last = next;
    return next;
  };
}

type Times = { 'p50 ms': number; 'p95 ms': number; 'max ms': number };

function worst(all: Times[]): Times {
  return all.reduce((a, b) => (b['p95 ms'] > a['p95 ms'] ? b : a));
}

async function time(actor: Actor, until: Date, names: Filter[], daysBack = 0): Promise<Times> {
  const draw = draws(names.join().length + daysBack + 1);
  const taken: number[] = [];
  for (let n = 0; n < TIMES + 2; n++) {
    const all = values(draw, until);
    const filters: AuditFilters = Object.fromEntries(names.map((name) => [name, all[name]]));
    if (daysBack > 0) filters.cursor = { id: newId(until.getTime() - daysBack * DAY + Math.floor(draw() * DAY)), newer: false };
    const start = performance.now();
    const { problems } = await listAuditEvents(actor, filters);
    if (Object.keys(problems).length > 0) throw new Error(JSON.stringify({ filters, problems }));
    if (n >= 2) taken.push(performance.now() - start);
  }
  const round = (ms: number) => Math.round(ms * 10) / 10;
  return { 'p50 ms': round(percentile(taken, 0.5)), 'p95 ms': round(percentile(taken, 0.95)), 'max ms': round(Math.max(...taken)) };
}

function viewer(n: number, role: Actor['role']): Actor {
  const origin = { ip: null, userAgent: null, requestId: null };
  const id = loadedId('user', n);
  return { userId: id, sessionId: id, role, name: '', email: '', timeZone: null, theme: 'system', locale: null, origin };
}

async function sizes(url: string) {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ kind: string; rows: string; heap: string; indexes: string }>(`
      SELECT p.relname AS kind, sum(pg_relation_size(c.oid)) AS heap, sum(pg_indexes_size(c.oid)) AS indexes,
             (SELECT count(*) FROM audit_event WHERE (event IN ('token.used', 'token.refused')) = (p.relname = 'access')) AS rows
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
      WHERE p.oid IN ('audit_log.access'::regclass, 'audit_log.operation'::regclass) GROUP BY p.relname ORDER BY 1`);
    const mb = (bytes: string, events: string) => Math.round(Number(bytes) / Math.max(1, Number(events)));
    return rows.map(({ kind, rows: n, heap, indexes }) => ({
      kind,
      events: Number(n),
      'MB per million': mb(heap, n),
      'indexes, MB per million': mb(indexes, n),
    }));
  });
}
