import type { ClientBase } from 'pg';

const DAY = 86_400_000;

/** How much to load; the events spread evenly over the `days` before `until`. */
export type AuditLoad = { events: number; tokens: number; users: number; days: number; until: Date };

/**
 * Fills a migrated, empty database with people, tokens and events as a busy organisation has them: 98 % uses, a few
 * tokens and people with most of them, some tokens and addresses (203.0.113.0/24) seen in the oldest tenth only. The same
 * every time. `client` must be the tables' owner.
 */
export async function loadAudit(client: ClientBase, load: AuditLoad): Promise<void> {
  await client.query('BEGIN');
  await client.query('SELECT setseed(0.42)');
  await client.query(USERS, [load.users, load.until]);
  await client.query(TOKENS, [load.tokens, load.users, load.until]);
  await client.query('SELECT audit_log.make_months($1, $2)', [new Date(load.until.getTime() - load.days * DAY), load.until]);
  await client.query(EVENTS, [load.events, load.tokens, load.users, load.until.getTime() - load.days * DAY, load.days * DAY]);
  await client.query(PENDING, [load.until]);
  await client.query('COMMIT');
  for (const table of ['user', 'token', 'audit_event']) await client.query(`VACUUM ANALYZE "${table}"`);
}

/** What `loadAudit` loads, unless the log is there already (BENCH_DIR). Gives the moment before which its events are. */
export async function loadAuditOnce(client: ClientBase, load: AuditLoad): Promise<Date> {
  const { rows } = await client.query<{ events: string; until: Date }>('SELECT count(*) AS events, max(at) AS until FROM audit_event');
  const [{ events, until } = { events: '0', until: load.until }] = rows;
  // Those above: what verifications and the like have added.
  if (Number(events) >= load.events) return until;
  if (Number(events) > 1000) throw new Error(`there is a log of ${events} events already: take another BENCH_DIR, or as many BENCH_EVENTS`);
  await loadAudit(client, load);
  return load.until;
}

/** The id of the n-th (from 1) user or token that was loaded. */
export function loadedId(kind: 'user' | 'token', n: number): string {
  return `00000000-0000-7000-${kind === 'user' ? '8000' : '9000'}-${n.toString(16).padStart(12, '0')}`;
}

const USERS = `
INSERT INTO "user" (id, email, email_key, name, role, created_at)
SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'person' || n || '@example.org', 'person' || n || '@example.org',
       (ARRAY['Ada','Bram','Chen','Dina','Emre','Femke','Guo','Hana','Ines','Jan'])[1 + n % 10] || ' ' ||
       (ARRAY['Bakker','Li','Okafor','Visser','Zhang'])[1 + n / 10 % 5] || ' ' || n,
       (CASE WHEN n <= 2 THEN 'admin' WHEN n = 3 THEN 'auditor' ELSE 'member' END)::role, $2
FROM generate_series(1, $1::int) n`;

const TOKENS = `
INSERT INTO "token" (id, owner_id, name, name_key, hint, created_at)
SELECT ('00000000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid,
       ('00000000-0000-7000-8000-' || lpad(to_hex(1 + floor($2 * power(random(), 1.5))::int), 12, '0'))::uuid,
       name, name, 'lk_…' || lpad(n::text, 4, '0'), $3
FROM (SELECT n, (ARRAY['ci','deploy','backup','report','gateway'])[1 + n % 5] || ' ' || n AS name FROM generate_series(1, $1::int) n) t`;

// The accesses of each thousand are one leaf of the ledger; an operation is one by itself. (What is later was there, and is one already.)
const PENDING = `
INSERT INTO audit_pending (leaf_id, last_id, events)
SELECT leaf_id, max(id::text COLLATE "C")::uuid, count(*) FROM audit_event WHERE leaf_id IS NOT NULL GROUP BY leaf_id
UNION ALL SELECT id, id, 1 FROM audit_event WHERE leaf_id IS NULL AND at <= $1`;

// The draws are made first, in a materialised step, so that each row uses one and the same draw throughout.
const EVENTS = `
WITH draw AS MATERIALIZED (
  SELECT i, $4::bigint + (i * $5::float8 / $1)::bigint AS ms, random() AS kind, power(random(), 3) AS busy, random() AS part,
         power(random(), 2) AS near, i < $1 / 10 AS old, md5(i::text) AS h,
         -- The moment before the first of each thousand.
         $4::bigint + (greatest(1, i - i % 1000) * $5::float8 / $1)::bigint - 1 AS leaf_ms
  FROM generate_series(1, $1::int) i
), shaped AS (
  SELECT *, CASE
           WHEN kind < 0.98 THEN 'token.used'
           WHEN kind < 0.99 THEN 'token.refused'
           WHEN kind < 0.9930 THEN 'user.signed_in'
           WHEN kind < 0.9945 THEN 'user.sign_in_failed'
           WHEN kind < 0.9960 THEN 'user.signed_out'
           ELSE (ARRAY['token.created','token.renamed','token.expiry_changed','token.regenerated','token.deleted'])[1 + i % 5]
         END AS event,
         1 + floor($2 * (CASE WHEN old THEN 1 ELSE 0.9 END) * busy)::int AS token,
         1 + floor($3 * near)::int AS person
  FROM draw
)
INSERT INTO audit_event (id, at, event, actor_type, actor_id, subject_id, token_id, outcome, reason, ip, user_agent, request_id, request, changes, leaf_id)
SELECT (lpad(to_hex(ms), 12, '0') || '7' || substr(h, 1, 3) || '8' || substr(h, 4, 15))::uuid, to_timestamp(ms / 1000.0), event,
       (CASE WHEN event IN ('token.used', 'token.refused') THEN 'token' ELSE 'user' END)::actor_type,
       CASE WHEN event = 'token.refused' AND part < 0.5 THEN NULL
            WHEN event = 'user.sign_in_failed' THEN NULL
            WHEN event LIKE 'token.%' AND NOT (event NOT IN ('token.used', 'token.refused') AND part < 0.2) THEN t.owner_id
            WHEN event LIKE 'token.%' THEN '00000000-0000-7000-8000-000000000001'::uuid
            ELSE p.id END,
       CASE WHEN event = 'user.sign_in_failed' AND part < 0.7 THEN p.id
            WHEN event LIKE 'token.%' AND event NOT IN ('token.used', 'token.refused') AND part < 0.2 THEN t.owner_id END,
       CASE WHEN event LIKE 'token.%' AND NOT (event = 'token.refused' AND part < 0.5) THEN t.id END,
       (CASE WHEN event IN ('token.refused', 'user.sign_in_failed') THEN 'refused' ELSE 'ok' END)::outcome,
       CASE WHEN event = 'token.refused' THEN
              CASE WHEN part < 0.5 THEN (ARRAY['malformed','unknown'])[1 + i % 2]
                   ELSE (ARRAY['expired','deleted','superseded','owner_disabled'])[1 + i % 4] END
            WHEN event = 'user.sign_in_failed' THEN 'wrong_password' END,
       CASE WHEN old AND part < 0.2 THEN '203.0.113.0'::inet + floor(256 * near)::int
            WHEN part < 0.9 THEN '10.20.0.0'::inet + floor(2000 * near)::int
            ELSE '2001:db8::'::inet + floor(500 * near)::int END,
       CASE WHEN event LIKE 'user.%' THEN 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/148.0 Safari/537.36' ELSE 'curl/8.14.1' END,
       CASE WHEN event NOT IN ('token.used', 'token.refused') THEN h END,
       CASE WHEN event IN ('token.used', 'token.refused') THEN 'GET api.example.org/v2/orders/' || (i % 5000) END,
       CASE WHEN event = 'token.renamed' THEN jsonb_build_object('name', jsonb_build_array('ci', 'ci ' || token)) END,
       CASE WHEN event IN ('token.used', 'token.refused') THEN (lpad(to_hex(leaf_ms), 12, '0') || '70008' || lpad(to_hex(i / 1000), 15, '0'))::uuid END
FROM shaped
LEFT JOIN "token" t ON t.id = ('00000000-0000-7000-9000-' || lpad(to_hex(token), 12, '0'))::uuid
LEFT JOIN "user" p ON p.id = ('00000000-0000-7000-8000-' || lpad(to_hex(person), 12, '0'))::uuid`;
