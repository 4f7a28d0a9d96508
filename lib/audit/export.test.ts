import { createHash } from 'node:crypto';
import { parse } from 'csv-parse/sync';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { type AuditExport, exportAuditEvents } from '@/lib/audit/export';
import { parseAuditQuery } from '@/lib/audit/filters';
import { listAuditEvents } from '@/lib/audit/queries';
import { auditQuery, type ExportFormat } from '@/lib/audit/schema';
import { withClient } from '@/lib/boot/roles';
import { closeDatabase, db } from '@/lib/db';
import { newId } from '@/lib/id';
import type { Actor } from '@/lib/permissions/permissions';
import { createActor, testDatabase } from '@/lib/testing/database';
import { createToken } from '@/lib/tokens/commands';

const database = testDatabase();
const always = async () => true;
const never = async () => false;

const DAY = Date.UTC(2026, 4, 1);
const EVENTS = 2345;

let admin: Actor;
let people: Actor[];
let tokens: string[];

const filtersOf = (params: Record<string, string>) => parseAuditQuery(auditQuery.parse(params), 'UTC').filters;
const ask = (actor: Actor, params: Record<string, string> = {}, format: ExportFormat = 'ndjson', stillMay = always) =>
  exportAuditEvents(actor, filtersOf(params), format, stillMay);

async function textOf({ body }: AuditExport): Promise<string> {
  return Buffer.from(await new Response(body).arrayBuffer()).toString('utf8');
}

type Trailer = { complete: true; count: number; sha256: string };

async function eventsIn(file: AuditExport): Promise<{ ids: string[]; trailer: Trailer; text: string }> {
  const text = await textOf(file);
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  return { ids: lines.slice(0, -1).map(({ id }) => id), trailer: lines.at(-1), text };
}

/** All pages of the log, one after the other. */
async function idsOnPages(params: Record<string, string>): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = await listAuditEvents(admin, filtersOf({ ...params, cursor }));
    expect(page.problems).toEqual({});
    ids.push(...page.rows.map(({ id }) => id));
    cursor = page.olderCursor;
  }
  return ids;
}

const ends = (actor: Actor) =>
  db().auditEvent.findMany({
    where: { event: { startsWith: 'audit.export' }, actorId: actor.userId },
    orderBy: { id: 'asc' },
    select: { event: true, outcome: true, reason: true, changes: true, requestId: true },
  });

beforeAll(async () => {
  admin = await createActor('admin');
  people = [await createActor('member', { name: 'Ada Lovelace' }), await createActor('member', { name: 'Bram' }), await createActor()];
  tokens = [];
  for (const owner of people) tokens.push((await createToken(owner, { name: 'ci', description: '', expiration: { kind: 'never' } })).id);
  await db().auditEvent.createMany({
    data: Array.from({ length: EVENTS }, (_, n) => {
      const at = new Date(DAY + n * 30_000);
      const refused = n % 11 === 0;
      return {
        id: newId(at),
        at,
        event: refused ? 'token.refused' : 'token.used',
        actorType: 'token' as const,
        outcome: refused ? ('refused' as const) : ('ok' as const),
        reason: refused ? 'expired' : null,
        actorId: people[n % 3]?.userId,
        tokenId: tokens[n % 3],
        ip: n < 700 ? `203.0.113.${n % 200}` : `10.0.${n % 9}.7`,
        userAgent: '=HYPERLINK("http://example.org")',
      };
    }),
  });
});

describe('what is filtered is what is exported', () => {
  test.each<Record<string, string>>([
    { to: '2026-05-31' },
    { to: '2026-05-31', event: 'token.used' },
    { to: '2026-05-31', event: 'token.refused' },
    { to: '2026-05-31', outcome: 'refused' },
    { to: '2026-05-31', outcome: 'ok' },
    { to: '2026-05-31', ip: '10.0.3.7' },
    { to: '2026-05-31', ip: '203.0.113.0/24' },
    { to: '2026-05-31', ip: '10.0.0.0/8' },
    { to: '2026-05-31', ip: '198.51.100.0/24' },
    { to: '2026-05-31', ip: '0.0.0.0/0', outcome: 'refused' },
    { to: '2026-05-31', actor: 'Ada' },
    { to: '2026-05-31', actor: 'a' },
    { to: '2026-05-31', actor: 'nobody of that name' },
    { to: '2026-05-31', token: 'ci' },
    { to: '2026-05-31', token: 'ci', actor: 'Bram' },
    { to: '2026-05-31', token: 'ci', ip: '203.0.113.0/25', outcome: 'ok' },
    { from: '2026-05-01T03:00Z', to: '2026-05-01T08:30Z' },
    { from: '2026-05-01T03:00Z', to: '2026-05-01T08:30Z', token: 'ci', ip: '10.0.0.0/8' },
    { from: '2026-06-01', to: '2026-06-02' },
    { to: '2026-05-31', cursor: '019ae000-0000-7000-8000-000000000001', event: 'token.refused' },
  ])('%j', async ({ cursor, ...params }) => {
    const { ids, trailer, text } = await eventsIn(await ask(admin, cursor ? { ...params, cursor } : params));
    expect(ids).toEqual(await idsOnPages(params));
    const above = text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1);
    expect(trailer).toEqual({ complete: true, count: ids.length, sha256: createHash('sha256').update(above).digest('hex') });
  });

  test('as of its moment: everything up to the event of the export itself, and nothing of what happens while it is read', async () => {
    const before = await idsOnPages({});
    const file = await ask(admin);
    await db().auditEvent.create({
      data: { id: newId(new Date(Date.now() + 60_000)), at: new Date(), event: 'token.used', actorType: 'token', outcome: 'ok' },
    });
    expect((await eventsIn(file)).ids).toEqual(before);
  });

  test('CSV has the same events, and its texts are inert', async () => {
    const rows = parse(await textOf(await ask(admin, { to: '2026-05-31' }, 'csv')), { columns: true, bom: true }) as Record<
      string,
      string
    >[];
    expect(rows.map(({ id }) => id)).toEqual(await idsOnPages({ to: '2026-05-31' }));
    expect(new Set(rows.map(({ userAgent }) => userAgent))).toEqual(new Set([`'=HYPERLINK("http://example.org")`]));
    expect(rows[0]?.['at (UTC)']).toMatch(/^2026-05-01T\d\d:\d\d:\d\d\.\d{3}Z$/);
  });
});

test('it is recorded with its filters before the first byte, and its end with the count and the sum of the file', async () => {
  const auditor = await createActor('auditor');
  const file = await ask(auditor, { event: 'token.refused', actor: '\0Ada', token: 'ci', from: '2026-05-01', to: '2026-05-02' }, 'csv');
  const asked = {
    format: [null, 'csv'],
    event: [null, 'token.refused'],
    actor: [null, '[U+0000]Ada'],
    token: [null, 'ci'],
    from: [null, '2026-05-01T00:00:00.000Z'],
    until: [null, '2026-05-03T00:00:00.000Z'],
  };
  const { requestId } = auditor.origin;
  const begin = { event: 'audit.exported', outcome: 'ok', reason: null, changes: asked, requestId };
  expect(await ends(auditor)).toEqual([begin]);
  const text = await textOf(file);
  expect(text.trimEnd().split('\r\n')).toHaveLength(1);
  const sha256 = createHash('sha256').update(text).digest('hex');
  const changes = { format: [null, 'csv'], events: [null, 0], sha256: [null, sha256] };
  expect(await ends(auditor)).toEqual([begin, { event: 'audit.export_finished', outcome: 'ok', reason: null, changes, requestId }]);
});

test.each([
  [{}, 'csv', /^latchkey-audit-begin-\d{8}T\d{6}Z\.csv$/],
  [{ from: '2026-05-01', to: '2026-05-02' }, 'ndjson', /^latchkey-audit-20260501T000000Z-20260503T000000Z\.ndjson$/],
  [{ from: '2026-05-01', to: '9999-12-31' }, 'csv', /^latchkey-audit-20260501T000000Z-2\d{7}T\d{6}Z\.csv$/],
  [{ range: '7d' }, 'csv', /^latchkey-audit-2\d{7}T\d{6}Z-2\d{7}T\d{6}Z\.csv$/],
] as const)('the file of %j has a name that is safe anywhere', async (params, format, name) => {
  const file = await ask(await createActor('auditor'), params, format);
  expect(file.fileName).toMatch(name);
  await file.body.cancel();
});

test('members get what does not exist, and nothing is recorded', async () => {
  const [member] = people as [Actor];
  await expect(ask(member)).rejects.toMatchObject({ code: 'not_found' });
  expect(await ends(member)).toEqual([]);
});

test('a name that too many have exports nothing', async () => {
  const auditor = await createActor('auditor');
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
  for (let n = 0; n < 5; n++)
    await expect(ask(auditor, { actor: 'crowd' })).rejects.toMatchObject({ code: 'invalid_input', detail: { field: 'actor' } });
  expect(await ends(auditor)).toEqual([]);
});

test('two at once for one person and four in all; who stops gives the place back, and the log says how far they got', async () => {
  const [first, second, third] = [await createActor('auditor'), await createActor('admin'), await createActor('auditor')];
  const files = [await ask(first), await ask(first)];
  await expect(ask(first)).rejects.toMatchObject({ code: 'exports_running' });
  files.push(await ask(second), await ask(second));
  await expect(ask(third)).rejects.toMatchObject({ code: 'exports_running' });

  // The first 250, but for the event of the export itself.
  const reader = (files[0] as AuditExport).body.getReader();
  await reader.read();
  await reader.cancel();
  const changes = { format: [null, 'ndjson'], events: [null, 249] };
  expect((await ends(first)).at(-1)).toMatchObject({ event: 'audit.export_aborted', outcome: 'ok', reason: 'cancelled', changes });
  await eventsIn(await ask(third));
  for (const { body } of files.slice(1)) await body.cancel();
});

test('whoever is signed out or loses the role gets no more of a file that they are reading', async () => {
  const auditor = await createActor('auditor');
  const clock = vi.spyOn(Date, 'now');
  const reader = (await ask(auditor, {}, 'csv', never)).body.getReader();
  await reader.read();
  clock.mockReturnValue(Date.now() + 2000);
  await expect(reader.read()).rejects.toThrow(/revoked/);
  clock.mockRestore();
  await expect
    .poll(async () => (await ends(auditor)).at(-1))
    .toMatchObject({ event: 'audit.export_aborted', outcome: 'refused', reason: 'revoked' });
});

test('an end that cannot be recorded fails the download, and an export that cannot be recorded does not begin', async () => {
  const auditor = await createActor('auditor');
  const sql = (text: string) => withClient(database.adminUrl, (client) => client.query(text));
  const file = await ask(auditor, { to: '2026-05-31' });
  await sql(`ALTER TABLE audit_event ADD CONSTRAINT full_disk CHECK (event NOT LIKE 'audit.%') NOT VALID`);
  try {
    await expect(textOf(file)).rejects.toThrow();
    await expect(ask(auditor)).rejects.toThrow();
  } finally {
    await sql('ALTER TABLE audit_event DROP CONSTRAINT full_disk');
  }
  expect((await ends(auditor)).map(({ event }) => event)).toEqual(['audit.exported']);
  await eventsIn(await ask(auditor));
});

test('a database that dies in the middle fails the download: it neither ends nor has a last line', async () => {
  const auditor = await createActor('auditor');
  const reader = (await ask(auditor)).body.getReader();
  const first = Buffer.from((await reader.read()).value ?? []).toString();
  await sqlAsAdmin(`ALTER DATABASE ${new URL(database.url).pathname.slice(1)} ALLOW_CONNECTIONS false`);
  await sqlAsAdmin(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${new URL(database.url).pathname.slice(1)}'`);
  await expect(reader.read()).rejects.toThrow();
  await sqlAsAdmin(`ALTER DATABASE ${new URL(database.url).pathname.slice(1)} ALLOW_CONNECTIONS true`);
  await closeDatabase();
  expect(first).not.toContain('complete');
  expect((await ends(auditor)).map(({ event }) => event)).toEqual(['audit.exported']);
  await eventsIn(await ask(auditor));
});

function sqlAsAdmin(text: string) {
  const url = Object.assign(new URL(database.adminUrl), { pathname: '/postgres' }).toString();
  return withClient(url, (client) => client.query(text));
}
