import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseAuditQuery } from '@/lib/audit/filters';
import { countableSql, type ResolvedFilters, stretchEndSql, stretchSql } from '@/lib/audit/keyset';
import { listAuditEvents, readEvents, resolveFilters } from '@/lib/audit/queries';
import { type AuditRow, auditQuery, type EventName } from '@/lib/audit/schema';
import { db, pool } from '@/lib/db';
import { Prisma } from '@/lib/generated/prisma/client';
import { newId } from '@/lib/id';
import type { Actor } from '@/lib/permissions/permissions';
import { createActor, testDatabase } from '@/lib/testing/database';
import { createToken } from '@/lib/tokens/commands';

testDatabase();

let people: Actor[];
let tokens: { id: string; ownerId: string; name: string }[];
let log: AuditRow[];

/** The same numbers in each run. */
let state = 7;
const draw = (below: number) => {
  state = (state * 1103515245 + 12345) % 2 ** 31;
  return Math.floor((state / 2 ** 31) * below);
};
const pick = <T>(of: readonly T[]) => of[draw(of.length)] as T;

beforeAll(async () => {
  people = [
    await createActor('member', { name: 'Ada CI', email: 'ada@x.example' }),
    await createActor('member', { name: 'Bob', email: 'bob@x.example' }),
    await createActor('admin', { name: 'System Admin', email: 'root@y.example' }),
    await createActor('auditor', { name: 'Olga', email: 'olga@y.example' }),
  ];
  tokens = [];
  for (const [n, name] of [
    [0, 'CI'],
    [0, 'deploy'],
    [1, 'CI two'],
    [2, 'Bob’s backup'],
  ] as const) {
    const owner = people[n] as Actor;
    const { id } = await createToken(owner, { name, description: '', expiration: { kind: 'never' } });
    tokens.push({ id, ownerId: owner.userId, name });
  }
  const someone = () => pick(people).userId;
  const rows = Array.from({ length: 260 }, (_, n) => {
    const at = new Date(Date.UTC(2026, 3, 1) + n * 3_600_000 * 12);
    const base = { id: newId(at), at, ip: pick(['192.0.2.7', '192.0.2.8', '198.51.100.1', '2001:db8::1']) };
    const token = pick(tokens);
    const kind = draw(10);
    if (kind < 5) {
      const refused = draw(3) === 0;
      const known = !refused || draw(3) > 0;
      return {
        ...base,
        event: (refused ? 'token.refused' : 'token.used') satisfies EventName,
        actorType: 'token' as const,
        ...(known && { actorId: token.ownerId, tokenId: token.id }),
        outcome: refused ? ('refused' as const) : ('ok' as const),
        ...(refused && { reason: known ? 'expired' : 'unknown' }),
      };
    }
    if (kind === 5)
      return {
        ...base,
        event: 'alert.raised',
        actorType: 'system' as const,
        outcome: 'ok' as const,
        subjectId: token.ownerId,
        tokenId: token.id,
      };
    if (kind === 6)
      return {
        ...base,
        event: 'user.sign_in_failed',
        actorType: 'user' as const,
        outcome: 'refused' as const,
        reason: 'wrong_password',
        subjectId: someone(),
      };
    const [actorId, subjectId] = [someone(), draw(2) === 0 ? someone() : null];
    const event = pick(['token.renamed', 'user.role_changed', 'user.signed_in', 'policy.changed', 'stream.created'] as const);
    return {
      ...base,
      event,
      actorType: 'user' as const,
      outcome: 'ok' as const,
      actorId,
      subjectId: subjectId === actorId ? null : subjectId,
      ...(event === 'token.renamed' && { tokenId: token.id }),
    };
  });
  await db().auditEvent.createMany({ data: rows });
  log = await readEvents(Prisma.sql`SELECT * FROM audit_event ORDER BY id DESC`);
});

const has = (text: string, part: string) => text.toLowerCase().includes(part.toLowerCase());
const isPerson = (person: AuditRow['actor'], text: string) =>
  person !== null && (person.id === text || has(person.name, text) || has(person.email, text));
const isToken = (token: AuditRow['token'], text: string) => token !== null && (token.id === text || has(token.name, text));

/** What the words of docs/audit-log.md say of each filter. */
const fits: Record<string, (row: AuditRow, text: string) => boolean> = {
  q: (row, text) => isPerson(row.actor, text) || isPerson(row.target, text) || isToken(row.token, text),
  kind: (row, text) => (text === 'access') === ['token.used', 'token.refused'].includes(row.event),
  event: (row, text) => (text.endsWith('.*') ? row.event.startsWith(text.slice(0, -1)) : row.event === text),
  actor: (row, text) => (text === 'system' ? row.actorType === 'system' : isPerson(row.actor, text.replaceAll('"', ''))),
  target: (row, text) => isPerson(row.target, text),
  token: (row, text) => isToken(row.token, text),
  outcome: (row, text) => row.outcome === text,
  reason: (row, text) => row.reason === text,
  ip: (row, text) => (text.includes('/') ? (row.ip?.startsWith('192.0.2.') ?? false) : row.ip === text),
};

const values = () => ({
  q: ['ci', 'Bob', 'example', 'nobody of this name', people[0]?.userId, tokens[0]?.id, 'system'],
  kind: ['operation', 'access'],
  event: ['token.*', 'user.*', 'policy.*', 'alert.*', 'token.used', 'token.refused', 'user.sign_in_failed', 'token.renamed'],
  actor: ['system', '"system"', 'Bob', 'x.example', people[0]?.userId, 'nobody of this name'],
  target: ['Bob', 'example', people[0]?.userId, 'nobody of this name'],
  token: ['CI', 'b', tokens[1]?.id, 'no token'],
  outcome: ['ok', 'refused'],
  reason: ['expired', 'wrong_password', 'replayed'],
  ip: ['192.0.2.7', '192.0.2.0/24', '::ffff:192.0.2.0/120'],
});

async function allPages(actor: Actor, params: Record<string, string>): Promise<string[]> {
  const { filters, problems } = parseAuditQuery(auditQuery.parse(params), 'UTC');
  expect(problems).toEqual({});
  const page = await listAuditEvents(actor, filters);
  expect(page.problems).toEqual({});
  const ids = page.rows.map(({ id }) => id);
  return page.olderCursor ? [...ids, ...(await allPages(actor, { ...params, cursor: page.olderCursor }))] : ids;
}

async function exported(filters: ResolvedFilters): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const rest = { ...filters, cursor: cursor ? { id: cursor, newer: false } : undefined };
    const endSql = stretchEndSql(rest, 40);
    const end = endSql && (await pool().query<{ id: string }>(endSql.text, endSql.values)).rows[0]?.id;
    const { text, values: given } = stretchSql(rest, end, 40);
    const { rows } = await pool().query<{ id: string }>(text, given);
    ids.push(...rows.map(({ id }) => id));
    cursor = end ?? (rows.length < 40 ? undefined : rows.at(-1)?.id);
    if (!cursor) return ids;
  }
}

describe('whatever filters are set together', () => {
  test('the pages, the count and an export have what fits all of them, each event once, and members see of it what is theirs', async () => {
    const known = values();
    const names = Object.keys(known) as (keyof typeof known)[];
    const params = fc
      .uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 3 })
      .chain((chosen) => fc.record(Object.fromEntries(chosen.map((name) => [name, fc.constantFrom(...(known[name] as string[]))]))));
    await fc.assert(
      fc.asyncProperty(params, fc.constantFrom(...people), async (given, actor) => {
        const query = given as Record<string, string>;
        const isVisible = (row: AuditRow) => actor.role !== 'member' || row.actor?.id === actor.userId || row.target?.id === actor.userId;
        // Members' texts are held against people and tokens of their own part of the log.
        const met = new Set(log.filter(isVisible).flatMap((row) => [row.actor?.id, row.target?.id === actor.userId ? actor.userId : null]));
        const owned = new Set(tokens.filter(({ ownerId }) => actor.role !== 'member' || ownerId === actor.userId).map(({ id }) => id));
        const seen = (row: AuditRow): AuditRow => ({
          ...row,
          actor: actor.role !== 'member' || met.has(row.actor?.id) ? row.actor : null,
          target: actor.role !== 'member' || met.has(row.target?.id) || row.target?.id === query.target ? row.target : null,
          token: owned.has(row.token?.id ?? '') || row.token?.id === (query.token ?? query.q) ? row.token : null,
        });
        const wanted = log
          .filter((row) => isVisible(row) && Object.entries(query).every(([name, text]) => fits[name]?.(seen(row), ip6(name, text))))
          .map(({ id }) => id);
        expect(await allPages(actor, query), JSON.stringify([query, actor.name])).toEqual(wanted);

        const { filters } = parseAuditQuery(auditQuery.parse(query), 'UTC');
        const { resolved } = await resolveFilters(actor, filters);
        const { text, values: bound } = countableSql(actor, resolved as ResolvedFilters, 10_000);
        const counted = await pool().query<{ n: number }>(`SELECT count(*)::int AS n FROM (${text}) e`, bound);
        expect(counted.rows[0]?.n, JSON.stringify(query)).toBe(wanted.length);
        if (actor.role !== 'member') expect(await exported(resolved as ResolvedFilters), JSON.stringify(query)).toEqual(wanted);
      }),
      { numRuns: 400 },
    );
  }, 120_000);
});

/** A range that is written as IPv6 means what it maps. */
const ip6 = (name: string, text: string) => (name === 'ip' ? text.replace('::ffff:192.0.2.0/120', '192.0.2.0/24') : text);
