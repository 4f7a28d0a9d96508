import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { refuseCommonPassword } from '@/lib/auth/common-passwords';
import { newPassword } from '@/lib/auth/schema';
import { signIn } from '@/lib/auth/sign-in';
import { db } from '@/lib/db';
import { fillDemo } from '@/lib/demo/fill';
import { claimDemoFolder } from '@/lib/demo/folder';
import { DEMO_PASSWORD, demoSignIns, people } from '@/lib/demo/people';
import { tokens } from '@/lib/demo/tokens';
import { watchAll } from '@/lib/testing/alerts';
import { testDatabase } from '@/lib/testing/database';
import { nowhere } from '@/lib/testing/people';
import { tokenStatus } from '@/lib/tokens/schema';

const database = testDatabase();

describe('a filled demo', () => {
  const given = { first: false, second: true };

  beforeAll(async () => {
    given.first = await fillDemo();
    given.second = await fillDemo();
  });

  test('is filled once: a second time changes nothing', async () => {
    expect(given).toEqual({ first: true, second: false });
    expect(await db().user.count()).toBe(people.length);
    expect(await db().token.count()).toBe(tokens.length);
  });

  test('has tokens in every status, and some that were never used', async () => {
    const all = await db().token.findMany({ select: { deletedAt: true, suspendedAt: true, expiresAt: true, lastUsedAt: true } });
    const now = new Date();
    const statuses = all.map((token) => tokenStatus(token, now));
    for (const status of ['active', 'expiring', 'expired', 'deleted'] as const)
      expect(statuses.filter((one) => one === status).length, status).toBeGreaterThan(3);
    expect(all.filter((token) => token.lastUsedAt === null).length).toBeGreaterThan(3);
  });

  test('has some 50,000 accesses, most of them by day, refusals for several reasons, and nothing in the future', async () => {
    const rows = await db().$queryRaw<{ hour: number; uses: number }[]>`
      SELECT extract(hour FROM at AT TIME ZONE 'UTC')::int AS hour, count(*)::int AS uses FROM audit_event WHERE event = 'token.used' GROUP BY 1`;
    const uses = (from: number, to: number) => rows.filter(({ hour }) => hour >= from && hour < to).reduce((sum, row) => sum + row.uses, 0);
    expect(uses(0, 24)).toBeGreaterThan(40_000);
    expect(uses(0, 24)).toBeLessThan(60_000);
    expect(uses(9, 15)).toBeGreaterThan(1.8 * uses(18, 24));
    const reasons = await db().auditEvent.groupBy({ by: ['reason'], where: { event: 'token.refused' } });
    expect(reasons.map(({ reason }) => reason).sort()).toEqual([
      'deleted',
      'expired',
      'malformed',
      'owner_disabled',
      'superseded',
      'suspended',
    ]);
    expect(await db().auditEvent.count({ where: { at: { gt: new Date() } } })).toBe(0);
  });

  test('agrees with itself: last use, first event and ids are those of the log', async () => {
    const wrong = await db().$queryRaw`
      SELECT t.name FROM token t
      LEFT JOIN LATERAL (SELECT max(at) AS used FROM audit_event WHERE token_id = t.id AND event = 'token.used') u ON true
      LEFT JOIN LATERAL (SELECT event, at FROM audit_event WHERE token_id = t.id ORDER BY id LIMIT 1) f ON true
      WHERE t.last_used_at IS DISTINCT FROM u.used OR f.event IS DISTINCT FROM 'token.created' OR f.at <> t.created_at`;
    expect(wrong).toEqual([]);
    const misplaced = await db().$queryRaw`SELECT id FROM audit_event WHERE left(replace(id::text, '-', ''), 12)
      <> lpad(to_hex(floor(extract(epoch FROM at) * 1000)::bigint), 12, '0') LIMIT 1`;
    expect(misplaced).toEqual([]);
  });

  test('has alerts that were seen to, and some that the rules then find in its history', async () => {
    expect(await db().alert.count({ where: { acknowledgedAt: { not: null } } })).toBe(3);
    await watchAll(database.url);
    const open = await db().alert.findMany({ where: { acknowledgedAt: null }, select: { rule: true } });
    expect(new Set(open.map(({ rule }) => rule))).toEqual(new Set(['dead_value', 'address_burst', 'new_network', 'dormant']));
    expect(open.length).toBeLessThan(15);
  });

  test('lets in everybody whom it names, with a password that the rules allow', async () => {
    expect(newPassword.safeParse(DEMO_PASSWORD).success).toBe(true);
    await refuseCommonPassword(DEMO_PASSWORD, ['Ada Heron', 'ada@example.org'], 'password');
    expect(demoSignIns.map(({ role }) => role)).toEqual(['admin', 'auditor', 'member', 'member']);
    for (const { email } of demoSignIns) expect(await signIn({ email, password: DEMO_PASSWORD }, nowhere)).not.toBeNull();
  });
});

test('a folder with data of somebody else’s is refused and left alone; an empty or a marked one is taken', async () => {
  const root = await mkdtemp(join(tmpdir(), 'latchkey-demo-test-'));
  try {
    await claimDemoFolder(join(root, 'ours'));
    await claimDemoFolder(join(root, 'ours'));
    expect((await stat(join(root, 'ours'))).mode & 0o777).toBe(0o700);
    await writeFile(join(root, 'key'), '');
    await expect(claimDemoFolder(root)).rejects.toThrow(/not empty/);
    expect((await readdir(root)).sort()).toEqual(['key', 'ours']);
  } finally {
    await rm(root, { recursive: true });
  }
});
