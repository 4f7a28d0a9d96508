import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Pool } from 'pg';
import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';
import { addAlertMetrics } from '@/lib/boot/alert-metrics';
import { addLedgerMetrics } from '@/lib/boot/ledger-metrics';
import { addStreamMetrics } from '@/lib/boot/stream-metrics';
import type { Gate } from '@/lib/gate/verify';
import type { Role } from '@/lib/permissions/permissions';

/** How long a count of all tokens serves, in milliseconds: it reads the whole table. */
const KEPT = 30_000;
const PING = 'SELECT 1';
/** What the database does not tell within so many milliseconds is left out: Prometheus waits ten seconds for all. */
const PATIENCE = 2000;
const EXPIRES_WITHIN_DAYS = [1, 7, 30] as const;

type TokenCounts = { active: number; expiring: number; suspended: number; expired: number; deleted: number; within: number[] };

const COUNT_TOKENS = `
  SELECT count(*) FILTER (WHERE status = 'active')::int AS active, count(*) FILTER (WHERE status = 'expiring')::int AS expiring,
         count(*) FILTER (WHERE status = 'expired')::int AS expired, count(*) FILTER (WHERE status = 'deleted')::int AS deleted,
         count(*) FILTER (WHERE status = 'suspended')::int AS suspended,
         ARRAY[${EXPIRES_WITHIN_DAYS.map((days) => `count(*) FILTER (WHERE status IN ('active', 'expiring') AND expires_at <= now() + interval '${days} days')::int`)}] AS within
  FROM (SELECT expires_at, CASE WHEN deleted_at IS NOT NULL THEN 'deleted' WHEN suspended_at IS NOT NULL THEN 'suspended' WHEN expires_at <= now() THEN 'expired'
                                WHEN expires_at <= now() + interval '7 days' THEN 'expiring' ELSE 'active' END AS status
        FROM token) AS token`;

/** What a token needs with which /metrics is read from elsewhere. Its owner must be an auditor or an administrator. */
export const METRICS_SCOPE = 'console:metrics:read';

/**
 * GET /metrics, for this machine's own Prometheus or with a token of METRICS_SCOPE: the process's, the database's and the tokens' figures beside
 * those of the gate. To everybody else, and with the token of somebody who may not see them, it does not exist. `gather` gives the text, where
 * several processes serve: everybody's, added up.
 */
export function createMetrics(
  gate: Pick<Gate, 'admit' | 'metrics'>,
  pool: Pool,
  gather: (registry: Registry) => () => Promise<string> = (own) => () => own.metrics(),
): (req: IncomingMessage, res: ServerResponse) => void {
  const { registry } = gate.metrics;
  const registers = [registry];
  const brief = answering(pool, PATIENCE);
  const countTokens = atMostEvery(KEPT, async () => (await brief.query<TokenCounts>(COUNT_TOKENS)).rows[0] as TokenCounts);
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'latchkey_database_up',
    help: '1 while the database answers',
    aggregator: 'min',
    registers,
    async collect() {
      // Why it does not is in the log of whoever needed it.
      this.set(
        await brief.query(PING).then(
          () => 1,
          () => 0,
        ),
      );
    },
  });
  new Gauge({
    name: 'latchkey_database_connections',
    help: 'Connections to the database',
    labelNames: ['state'] as const,
    registers,
    collect() {
      this.set({ state: 'idle' }, pool.idleCount);
      this.set({ state: 'busy' }, pool.totalCount - pool.idleCount);
      this.set({ state: 'wanted' }, pool.waitingCount);
    },
  });
  new Gauge({
    name: 'latchkey_tokens',
    help: 'Tokens by status; those that expire within 7 days are expiring',
    labelNames: ['status'] as const,
    aggregator: 'max',
    registers,
    async collect() {
      const { within, ...byStatus } = await countTokens();
      for (const [status, n] of Object.entries(byStatus)) this.set({ status }, n);
    },
  });
  new Gauge({
    name: 'latchkey_tokens_expiring',
    help: 'Tokens that would pass now and expire within so many days',
    labelNames: ['within_days'] as const,
    aggregator: 'max',
    registers,
    async collect() {
      const { within } = await countTokens();
      for (const [place, days] of EXPIRES_WITHIN_DAYS.entries()) this.set({ within_days: String(days) }, within[place] ?? 0);
    },
  });

  addLedgerMetrics(registry, brief);
  addStreamMetrics(registry, brief);
  addAlertMetrics(registry, brief);

  const text = gather(registry);
  const show = (res: ServerResponse) =>
    text().then(
      (figures) => res.writeHead(200, { 'content-type': registry.contentType, 'cache-control': 'no-store' }).end(figures),
      // A process did not tell its own in time: sums without it would be wrong. Prometheus notes the gap.
      (error: Error) => res.writeHead(503, { 'retry-after': '5', 'cache-control': 'no-store' }).end(error.message),
    );
  return (req, res) => {
    if (isLocal(req)) return void show(res);
    if (req.headers.authorization === undefined && req.headers['x-api-key'] === undefined) return hide(res);
    gate.admit(req, res, METRICS_SCOPE, async ({ ownerId }) => {
      const owner = await brief.query<{ role: Role }>('SELECT role FROM "user" WHERE id = $1', [ownerId]).catch(() => null);
      if (!owner) return void res.writeHead(503, { 'retry-after': '5', 'cache-control': 'no-store' }).end();
      const role = owner.rows[0]?.role;
      if (role === 'auditor' || role === 'admin') void show(res);
      else hide(res);
    });
  };
}

/** The pool, whose queries fail when they have no answer within so many milliseconds, waiting for a connection included. */
function answering(pool: Pool, milliseconds: number): Pool {
  const query = (...asked: Parameters<Pool['query']>) => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((_, failed) => {
      timer = setTimeout(() => failed(new Error('no answer in time')), milliseconds);
    });
    return Promise.race([pool.query(...asked), late]).finally(() => clearTimeout(timer));
  };
  return Object.assign(Object.create(pool), { query });
}

function hide(res: ServerResponse): void {
  res.writeHead(404, { 'cache-control': 'no-store' }).end();
}

/** What `ask` last gave, if that is not older than so many milliseconds; when it fails, what it gave before, or nothing. */
function atMostEvery(milliseconds: number, ask: () => Promise<TokenCounts>): () => Promise<TokenCounts> {
  let known: TokenCounts = { active: 0, expiring: 0, suspended: 0, expired: 0, deleted: 0, within: [] };
  let askedAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<TokenCounts> | undefined;
  return () => {
    if (performance.now() - askedAt < milliseconds) return Promise.resolve(known);
    asking ??= ask()
      .then(
        (counts) => {
          askedAt = performance.now();
          known = counts;
          return counts;
        },
        () => known,
      )
      .finally(() => {
        asking = undefined;
      });
    return asking;
  };
}

const LOOPBACK = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);
const FORWARDED = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip'];

/** Asked on this machine, by nobody in between: a proxy here comes from a loopback address too, but says for whom. */
function isLocal(req: IncomingMessage): boolean {
  const host = req.headers.host?.replace(/:\d+$/, '') ?? '';
  return (
    LOOPBACK.has(req.socket.remoteAddress ?? '') &&
    ['localhost', '127.0.0.1', '[::1]'].includes(host) &&
    FORWARDED.every((name) => req.headers[name] === undefined)
  );
}
