import { v7 } from 'uuid';
import { beforeAll, describe, expect, test } from 'vitest';
import { type AuditFilters, parseAuditQuery } from '@/lib/audit/filters';
import { EVENTS_PER_PAGE } from '@/lib/audit/keyset';
import { findAuditEvent, getAuditEvent, listAuditEvents } from '@/lib/audit/queries';
import { record } from '@/lib/audit/record';
import { type AuditPage, auditQuery, type EventName } from '@/lib/audit/schema';
import { withClient } from '@/lib/boot/roles';
import { db, transaction } from '@/lib/db';
import type { Prisma } from '@/lib/generated/prisma/client';
import { newId } from '@/lib/id';
import type { Actor } from '@/lib/permissions/permissions';
import { createActor, testDatabase } from '@/lib/testing/database';
import { createToken, deleteToken, renameToken } from '@/lib/tokens/commands';

const database = testDatabase();
const MINUTE = 60_000;

type NewRow = Partial<Omit<Prisma.AuditEventCreateManyInput, 'event'>> & { event?: EventName; at?: Date };

function rowOf({ at = new Date(), event = 'token.used', ...fields }: NewRow): Prisma.AuditEventCreateManyInput {
  return { id: newId(at), at, event, actorType: 'token', outcome: 'ok', ...fields };
}

const write = (...rows: NewRow[]) => db().auditEvent.createMany({ data: rows.map(rowOf) });

async function issue(owner: Actor, name: string): Promise<string> {
  return (await createToken(owner, { name, description: '', expiration: { kind: 'never' } })).id;
}

const codes = (page: AuditPage) => page.rows.map((row) => row.event);
const list = async (actor: Actor, filters: AuditFilters) => listAuditEvents(actor, filters);
/** The filters as a URL has them. */
const ask = (actor: Actor, params: Record<string, string>) => list(actor, parseAuditQuery(auditQuery.parse(params), 'UTC').filters);

describe('who sees what', () => {
  test('members see what they did, what their tokens did and what was done to them; auditors and administrators see all', async () => {
    const [member, other, auditor, admin] = [
      await createActor(),
      await createActor(),
      await createActor('auditor'),
      await createActor('admin'),
    ];
    const [mine, theirs] = [await issue(member, 'mine'), await issue(other, 'theirs')];
    await renameToken(admin, { id: mine, name: 'renamed' });
    await write(
      { tokenId: mine, actorId: member.userId },
      { tokenId: theirs, actorId: other.userId },
      { event: 'token.refused', outcome: 'refused' },
    );
    await transaction((tx, now) => record(tx, now, admin, { event: 'user.role_changed', subjectId: member.userId }));

    expect(codes(await list(member, {}))).toEqual(['user.role_changed', 'token.used', 'token.renamed', 'token.created']);
    expect(codes(await list(other, {}))).toEqual(['token.used', 'token.created']);
    const [everything] = [await list(auditor, {}), await list(admin, {})].map(codes);
    expect(everything).toHaveLength(7);
    expect(codes(await list(admin, {}))).toEqual(everything);
    for (const id of (await list(admin, {})).rows.map((row) => row.id)) {
      const seen = (await list(member, {})).rows.some((row) => row.id === id);
      expect((await findAuditEvent(member, id)) !== null).toBe(seen);
      expect((await getAuditEvent(auditor, id)).id).toBe(id);
    }
  });

  test('no filter shows a member more', async () => {
    const [member, other] = [await createActor(), await createActor('member', { name: 'Grace Hopper' })];
    const theirs = await issue(other, 'secret project');
    await write({ tokenId: theirs, actorId: other.userId, ip: '198.51.100.9' });
    const filters: Record<string, string>[] = [
      { actor: other.userId },
      { actor: 'Grace' },
      { token: theirs },
      { token: 'secret project' },
      { ip: '198.51.100.9' },
      { ip: '198.51.100.0/24' },
      { event: 'token.used' },
      { actor: other.userId, token: theirs },
      { request: other.origin.requestId ?? '' },
      { reason: 'expired' },
      { target: other.userId },
      { target: 'Grace' },
      { q: 'Grace' },
      { q: theirs },
      { q: 'secret project' },
      { kind: 'access' },
      { actor: 'system' },
    ];
    for (const params of filters) {
      expect(await ask(member, params), JSON.stringify(params)).toMatchObject({ rows: [], problems: {} });
    }
  });

  test('a member cannot tell whether people or tokens of others exist, however many match', async () => {
    const member = await createActor();
    await db().user.createMany({
      data: Array.from({ length: 120 }, (_, n) => ({
        id: newId(new Date()),
        email: `crowd${n}@example.org`,
        emailKey: `crowd${n}@example.org`,
        name: `Crowd ${n}`,
        role: 'member' as const,
        createdAt: new Date(),
      })),
    });
    expect(await ask(member, { actor: 'crowd' })).toEqual(await ask(member, { actor: 'nobody of that name' }));
    expect(await ask(member, { q: 'crowd' })).toEqual(await ask(member, { target: 'nobody of that name' }));
    const auditor = await createActor('auditor');
    expect((await ask(auditor, { actor: 'crowd' })).problems).toEqual({ actor: 'too_many_people' });
    expect((await ask(auditor, { target: 'crowd', q: 'crowd' })).problems).toEqual({ target: 'too_many_people', q: 'too_many_matches' });
  });
});

describe('filters', () => {
  let admin: Actor;
  let ada: Actor;
  let bram: Actor;
  let deploy: string;
  let wild: string;
  const base = Date.UTC(2026, 5, 1, 12);
  const at = (minutes: number) => new Date(base + minutes * MINUTE);

  beforeAll(async () => {
    admin = await createActor('admin');
    ada = await createActor('member', { name: 'Ada Lovelace', email: 'ada@analytical.example' });
    bram = await createActor('member', { name: 'Bram 100%_x\\y', email: 'bram@example.nl' });
    deploy = await issue(ada, 'Deploy École');
    wild = await issue(bram, '100%_sure\\');
    await write(
      { at: at(0), actorId: ada.userId, tokenId: deploy, ip: '192.0.2.7', requestId: 'a' },
      {
        at: at(1),
        actorId: ada.userId,
        tokenId: deploy,
        ip: '192.0.2.200',
        requestId: 'b',
        event: 'token.refused',
        outcome: 'refused',
        reason: 'expired',
      },
      { at: at(2), actorId: bram.userId, tokenId: wild, ip: '2001:db8::7', requestId: 'c' },
      { at: at(3), actorId: bram.userId, tokenId: wild, ip: '2001:db8:1::7', requestId: 'd', event: 'user.signed_in', actorType: 'user' },
      { at: at(4), requestId: 'e', ip: '192.0.2.7', event: 'token.refused', outcome: 'refused', reason: 'unknown', count: 1234 },
    );
  });

  /** Which of the five fit, of all that was logged on that day. */
  async function matching(params: Record<string, string>, actor = admin): Promise<string> {
    const { rows, problems } = await ask(actor, { from: '2026-06-01', to: '2026-06-01', ...params });
    expect(problems).toEqual({});
    return rows
      .map((row) => row.requestId)
      .reverse()
      .join('');
  }

  test.each([
    [{}, 'abcde'],
    [{ event: 'token.used' }, 'ac'],
    [{ event: 'token.refused' }, 'be'],
    [{ event: 'token.deleted' }, ''],
    [{ outcome: 'ok' }, 'acd'],
    [{ outcome: 'refused' }, 'be'],
    [{ ip: '192.0.2.7' }, 'ae'],
    [{ ip: '::ffff:192.0.2.7' }, 'ae'],
    [{ ip: '::ffff:c000:207' }, 'ae'],
    [{ ip: '::ffff:192.0.2.0/120' }, 'abe'],
    [{ ip: '::ffff:c000:2c8/128' }, 'b'],
    [{ kind: 'access' }, 'abce'],
    [{ kind: 'operation' }, 'd'],
    [{ event: 'token.*' }, 'abce'],
    [{ event: 'user.*' }, 'd'],
    [{ q: 'lovelace' }, 'ab'],
    [{ q: 'école' }, 'ab'],
    [{ q: '"100%_"' }, 'cd'],
    [{ q: '%' }, 'cd'],
    [{ q: '\0' }, ''],
    [{ ip: '192.0.2.0/24' }, 'abe'],
    [{ ip: '192.0.2.77/24' }, 'abe'],
    [{ ip: '192.0.2.0/25' }, 'ae'],
    [{ ip: '0.0.0.0/0' }, 'abe'],
    [{ ip: '::/0' }, 'cd'],
    [{ ip: '2001:DB8::/48' }, 'c'],
    [{ ip: '2001:db8::/32' }, 'cd'],
    [{ ip: '203.0.113.1' }, ''],
    [{ actor: 'ada lovelace' }, 'ab'],
    [{ actor: 'ANALYTICAL' }, 'ab'],
    [{ actor: '%' }, 'cd'],
    [{ actor: '_' }, 'cd'],
    [{ actor: '\\' }, 'cd'],
    [{ actor: '100%' }, 'cd'],
    [{ actor: 'nobody' }, ''],
    [{ actor: '\0' }, ''],
    [{ actor: '\ud800' }, ''],
    [{ actor: "'; --" }, ''],
    [{ actor: '0195f3a0-0000-7000-8000-000000000001' }, ''],
    [{ token: 'deploy' }, 'ab'],
    [{ token: 'E\u0301COLE' }, 'ab'],
    [{ token: '%_' }, 'cd'],
    [{ token: 'sure\\' }, 'cd'],
    [{ token: 'e' }, 'abcd'],
    [{ token: '\0' }, ''],
    [{ actor: 'ada', token: 'sure' }, ''],
    [{ actor: 'ada', outcome: 'refused', ip: '192.0.2.128/25', event: 'token.refused', token: 'deploy' }, 'b'],
    [{ event: 'token.used', outcome: 'refused' }, ''],
    [{ from: '2026-06-01T12:01:00Z' }, 'bcde'],
    [{ from: '2026-06-01T12:01:00.001Z' }, 'cde'],
    [{ to: '2026-06-01T12:01:00.000Z' }, 'ab'],
    [{ to: '2026-06-01T12:00:59.999Z' }, 'a'],
    [{ to: '2026-06-01T12:01' }, 'ab'],
    [{ from: '2026-06-01T14:01:00+02:00', to: '2026-06-01T14:02:00+02:00' }, 'bc'],
    [{ from: '1000-01-01', to: '9999-12-31', ip: '2001:db8::7' }, 'c'],
  ])('%j fits %j', async (params, expected) => {
    expect(await matching(params)).toBe(expected);
  });

  test.each([
    ['expired', 'b'],
    ['unknown', 'e'],
    ['suspended', ''],
    ['cancelled', ''],
  ])('the reason %s fits "%s"', async (reason, expected) => {
    expect(await matching({ reason })).toBe(expected);
    expect(await matching({ reason, outcome: 'ok' })).toBe('');
    expect(await matching({ reason, ip: '192.0.2.0/24', event: 'token.refused' })).toBe(expected);
  });

  test('a request is found by its id, which of an access is that of its event', async () => {
    const person = await createActor();
    const id = await issue(person, 'By request');
    const { rows } = await ask(person, { request: person.origin.requestId ?? '' });
    expect(rows.map((row) => row.token?.id)).toEqual([id]);
    const [created] = rows;
    expect((await ask(admin, { request: created?.id.toUpperCase() ?? '' })).rows).toEqual(rows);
    await write({ actorId: person.userId, tokenId: id });
    const [use] = (await ask(person, { event: 'token.used' })).rows;
    expect((await ask(person, { request: use?.requestId ?? '' })).rows).toEqual([use]);
    await write({ at: new Date(Date.UTC(2026, 4, 1)), requestId: 'proxy.made-it_up.1', event: 'user.signed_in', actorType: 'user' });
    expect((await ask(admin, { request: 'proxy.made-it_up.1' })).rows).toHaveLength(1);
    expect((await ask(admin, { request: 'proxy.made-it_up.1', token: id })).rows).toEqual([]);
    expect(await ask(ada, { request: use?.id ?? '' })).toMatchObject({ rows: [], problems: {} });
  });

  test('by id, in any case', async () => {
    expect(await matching({ actor: ada.userId.toUpperCase() })).toBe('ab');
    expect(await matching({ token: wild })).toBe('cd');
    expect(await matching({ token: deploy, actor: ada.userId })).toBe('ab');
    expect(await matching({ token: deploy, actor: bram.userId })).toBe('');
  });

  test('members filter what is theirs', async () => {
    expect(await matching({}, ada)).toBe('ab');
    expect(await matching({ actor: 'ada' }, ada)).toBe('ab');
    expect(await matching({ token: 'deploy', outcome: 'ok' }, ada)).toBe('a');
    expect(await matching({ ip: '192.0.2.0/24' }, ada)).toBe('ab');
    expect(await matching({ ip: '192.0.2.0/24', outcome: 'refused' }, ada)).toBe('b');
    expect(await matching({ actor: 'bram' }, ada)).toBe('');
  });

  test('what was done to somebody is found by its target, a failed sign-in too, and together with what they did', async () => {
    const [bob, boss] = [await createActor('member', { name: 'Bob' }), await createActor('admin')];
    const id = await issue(bob, 'Bob’s own');
    await renameToken(boss, { id, name: 'Renamed by the boss' });
    await transaction(async (tx, now) => {
      const failed = { event: 'user.sign_in_failed', subjectId: bob.userId, outcome: 'refused', reason: 'wrong_password' } as const;
      await record(tx, now, { userId: null, origin: bob.origin }, failed);
    });
    await transaction((tx, now) => record(tx, now, boss, { event: 'user.disabled', subjectId: bob.userId }));
    await transaction((tx, now) => record(tx, now, 'system', { event: 'token.suspended', subjectId: bob.userId, tokenId: id }));
    const done = ['token.suspended', 'user.disabled', 'user.sign_in_failed', 'token.renamed'];
    expect(codes(await ask(admin, { target: bob.userId }))).toEqual(done);
    expect(codes(await ask(admin, { actor: bob.userId }))).toEqual(['token.created']);
    expect(codes(await ask(admin, { q: bob.userId }))).toEqual([...done, 'token.created']);
    expect(codes(await ask(admin, { q: bob.userId, event: 'user.*' }))).toEqual(['user.disabled', 'user.sign_in_failed']);
    expect(codes(await ask(admin, { actor: boss.userId, target: bob.userId, event: 'token.*' }))).toEqual(['token.renamed']);
    expect(codes(await ask(admin, { actor: 'System', target: bob.userId }))).toEqual(['token.suspended']);
    expect(codes(await ask(admin, { actor: '"system"', target: bob.userId }))).toEqual([]);
    expect(codes(await ask(bob, { target: bob.userId }))).toEqual(done);
    expect(codes(await ask(bob, { actor: 'system' }))).toEqual(['token.suspended']);
  });

  test('a deleted token is found by its name and shown with it', async () => {
    const id = await issue(ada, 'short-lived');
    await deleteToken(ada, { id, confirmName: 'short-lived' });
    const { rows } = await ask(ada, { token: 'short-lived' });
    expect(rows.map((row) => [row.event, row.token?.name, row.token?.deleted])).toEqual([
      ['token.deleted', 'short-lived', true],
      ['token.created', 'short-lived', true],
    ]);
  });

  test('ranges reach back from now', async () => {
    const person = await createActor();
    for (const [code, minutes] of [
      ['a', 30],
      ['b', 90],
      ['c', 2 * 1440],
      ['d', 10 * 1440],
      ['e', 40 * 1440],
    ] as const)
      await write({ at: new Date(Date.now() - minutes * MINUTE), actorId: person.userId, requestId: code });
    const seen = async (range: string) => (await ask(person, { range })).rows.map((row) => row.requestId).join('');
    expect([await seen('1h'), await seen('1d'), await seen('7d'), await seen('30d'), await seen('')]).toEqual([
      'a',
      'ab',
      'abc',
      'abcd',
      'abcde',
    ]);
    const from = new Date(Date.now() - 60 * MINUTE).toISOString();
    expect((await ask(person, { range: '7d', from })).rows).toHaveLength(1);
  });

  test('an event has everything that the contract names, and the count of a flood', async () => {
    const [row] = (await ask(admin, { from: '2026-06-01', to: '2026-06-01' })).rows;
    expect(row).toEqual({
      id: expect.any(String),
      at: at(4).toISOString(),
      event: 'token.refused',
      actorType: 'token',
      actor: null,
      target: null,
      token: null,
      outcome: 'refused',
      reason: 'unknown',
      ip: '192.0.2.7',
      userAgent: null,
      requestId: 'e',
      request: null,
      scopes: [],
      changes: null,
      generation: null,
      count: 1234,
    });
  });
});

describe('pages', () => {
  async function walk(actor: Actor, filters: AuditFilters, between: () => Promise<unknown> = async () => {}) {
    const pages: AuditPage[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page = await list(actor, { ...filters, cursor: parseAuditQuery(auditQuery.parse({ cursor }), 'UTC').filters.cursor });
      pages.push(page);
      cursor = page.olderCursor;
      await between();
    }
    return pages;
  }
  const older = (page: AuditPage | undefined) => parseAuditQuery(auditQuery.parse({ cursor: page?.olderCursor }), 'UTC').filters.cursor;
  const newer = (page: AuditPage | undefined) => parseAuditQuery(auditQuery.parse({ cursor: page?.newerCursor }), 'UTC').filters.cursor;

  async function crowd(count: number, fields: NewRow = {}): Promise<Actor> {
    const person = await createActor();
    const start = Date.now() - count * 7;
    // Three to a millisecond: only their ids tell them apart.
    await write(
      ...Array.from({ length: count }, (_, n) => ({ actorId: person.userId, at: new Date(start + Math.floor(n / 3)), ...fields })),
    );
    return person;
  }

  test('have no gap and no double, and end', async () => {
    const person = await crowd(EVENTS_PER_PAGE * 2 + 7);
    const pages = await walk(person, {});
    expect(pages.map((page) => page.rows.length)).toEqual([EVENTS_PER_PAGE, EVENTS_PER_PAGE, 7]);
    const ids = pages.flatMap((page) => page.rows.map((row) => row.id));
    expect(ids).toEqual([...new Set(ids)].toSorted().reverse());
    expect(pages[0]?.newerCursor).toBeNull();
  });

  test('of exactly one page there is one', async () => {
    const pages = await walk(await crowd(EVENTS_PER_PAGE), {});
    expect(pages.map((page) => page.rows.length)).toEqual([EVENTS_PER_PAGE]);
  });

  test('stay whole while others write', async () => {
    const person = await crowd(EVENTS_PER_PAGE * 3);
    const before = (await walk(person, {})).flatMap((page) => page.rows.map((row) => row.id));
    const pages = await walk(person, {}, () => Promise.all(Array.from({ length: 20 }, () => write({ actorId: person.userId }))));
    const seen = pages.flatMap((page) => page.rows.map((row) => row.id));
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((id) => before.includes(id))).toEqual(before);
  });

  test('lead back to the newest', async () => {
    const person = await crowd(EVENTS_PER_PAGE * 2 + 7);
    const [first, second, third] = await walk(person, {});
    expect(older(second)?.newer).toBe(false);
    expect((await list(person, { cursor: newer(third) })).rows).toEqual(second?.rows);
    expect(await list(person, { cursor: newer(second) })).toEqual(first);
    await write({ actorId: person.userId, requestId: 'new' });
    const back = await list(person, { cursor: newer(second) });
    expect(back.rows).toEqual(first?.rows);
    const newest = await list(person, { cursor: newer(back) });
    expect([newest.rows[0]?.requestId, newest.rows.length, newest.newerCursor]).toEqual(['new', EVENTS_PER_PAGE, null]);
  });

  test('of what a member did and of what was done to them are one list', async () => {
    const [person, admin] = [await crowd(60), await createActor('admin')];
    for (let n = 0; n < 30; n++) {
      await transaction((tx, now) => record(tx, now, admin, { event: 'user.enabled', subjectId: person.userId }));
      await write({ actorId: person.userId });
    }
    // As nobody writes it, but if somebody did it would still be one event.
    await write({ actorId: person.userId, subjectId: person.userId });
    const ids = (await walk(person, {})).flatMap((page) => page.rows.map((row) => row.id));
    expect(ids).toHaveLength(121);
    expect(ids).toEqual([...new Set(ids)].toSorted().reverse());
    expect((await walk(person, { event: 'user.enabled' })).flatMap((page) => page.rows)).toHaveLength(30);
  });

  test.each(['Walker', 'one of several'])('of several people or tokens that match "%s" are one list too', async (text) => {
    const [admin, names] = [await createActor('admin'), ['Walker A', 'Walker B', 'Walker C']];
    const people = await Promise.all(names.map((name) => createActor('member', { name: `${name} ${text}` })));
    const tokens = await Promise.all(people.map((person, n) => issue(person, `${text} ${n}`)));
    const rows = Array.from({ length: 40 }, () =>
      people.map((person, n) => ({ actorId: person.userId, tokenId: tokens[n], ip: '192.0.2.1' })),
    );
    await write(...rows.flat());
    for (const filters of [{ token: text }, { actor: text }, { actor: text, token: text }, { token: text, ip: '192.0.2.0/24' }]) {
      const ids = (await walk(admin, { ...filters, event: 'token.used' })).flatMap((page) => page.rows.map((row) => row.id));
      expect(ids).toHaveLength(120);
      expect(ids).toEqual([...new Set(ids)].toSorted().reverse());
    }
  });

  test('of a range of addresses that was seen long ago only are found behind everything newer', async () => {
    const person = await createActor('admin');
    await write({ at: new Date(Date.UTC(2020, 0, 1)), ip: '203.0.113.9', requestId: 'old' });
    for (let n = 0; n < 6; n++) await write(...Array.from({ length: 1000 }, () => ({ ip: '10.0.0.1' })));
    expect((await ask(person, { ip: '203.0.113.0/24' })).rows.map((row) => row.requestId)).toEqual(['old']);
    const pages = await walk(person, { ip: '10.0.0.0/8' });
    expect(pages.flatMap((page) => page.rows)).toHaveLength(6000);
  });

  test('beyond either end are empty or the newest', async () => {
    const person = await crowd(3);
    const [before, after] = [v7({ msecs: 0 }), v7({ msecs: Date.UTC(2100, 0, 1) })];
    expect(await list(person, { cursor: { id: before, newer: false } })).toMatchObject({ rows: [], olderCursor: null });
    expect((await list(person, { cursor: { id: after, newer: true } })).rows).toHaveLength(3);
    expect((await list(person, { cursor: { id: after, newer: false } })).rows).toHaveLength(3);
  });
});

describe('the log', () => {
  const sql = (text: string) => withClient(database.url, (client) => client.query(text));

  test.each([
    'UPDATE audit_event SET outcome = outcome',
    "UPDATE audit_event SET reason = 'x' WHERE false",
    'DELETE FROM audit_event',
    'TRUNCATE audit_event',
    'DROP TABLE audit_event',
    'ALTER TABLE audit_event DISABLE TRIGGER ALL',
    'DROP TRIGGER audit_event_append_only ON audit_event',
    "INSERT INTO audit_event (id, at, event, actor_type, outcome) SELECT id, at, event, actor_type, 'refused' FROM audit_event LIMIT 1 ON CONFLICT DO NOTHING; UPDATE audit_event SET outcome = 'refused'",
  ])('refuses the application %s', async (statement) => {
    await write({});
    const before = await db().auditEvent.count();
    await expect(sql(statement)).rejects.toThrow(/permission denied|must be owner/);
    expect(await db().auditEvent.count()).toBe(before);
  });

  test.each(['UPDATE audit_event SET outcome = outcome', 'DELETE FROM audit_event', 'TRUNCATE audit_event'])(
    'refuses even the owner of the table %s',
    async (statement) => {
      await write({});
      const before = await db().auditEvent.count();
      await expect(withClient(database.adminUrl, (client) => client.query(statement))).rejects.toThrow(/append-only/);
      expect(await db().auditEvent.count()).toBe(before);
    },
  );
});

test.each(['', 'x', "' OR 1=1", '\0', 'newer-0195f3a0-0000-7000-8000-000000000001'])('no event has the id %j', async (id) => {
  const admin = await createActor('admin');
  expect(await findAuditEvent(admin, id)).toBeNull();
  await expect(getAuditEvent(admin, id)).rejects.toMatchObject({ code: 'not_found' });
});
