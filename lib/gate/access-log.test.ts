import pino from 'pino';
import { expect, test } from 'vitest';
import { withClient } from '@/lib/boot/roles';
import { db, pool } from '@/lib/db';
import { AccessLog } from '@/lib/gate/access-log';
import { newId } from '@/lib/id';
import { testDatabase } from '@/lib/testing/database';

const database = testDatabase();

const stored = async () => (await db().auditEvent.aggregate({ where: { reason: 'unknown' }, _sum: { count: true } }))._sum.count ?? 0;

test('refusals are counted exactly, also when an insert that was given up is stored all the same', async () => {
  let givenUp = () => {};
  const gaveUp = new Promise<void>((done) => {
    givenUp = done;
  });
  const accessLog = new AccessLog(pool(), pino({ level: 'warn' }, { write: () => givenUp() }), () => {});
  const refuse = () => {
    const at = Date.now();
    const nobody = { tokenId: null, ownerId: null, generation: null, ip: '192.0.2.7', userAgent: null, subject: null, scopes: null };
    accessLog.refused({ ...nobody, id: newId(at), at, reason: 'unknown' });
  };
  await withClient(database.adminUrl, async (client) => {
    await client.query('BEGIN');
    await client.query('LOCK TABLE audit_event');
    for (let n = 0; n < 3; n++) refuse();
    const waiting = `SELECT count(*)::int AS n FROM pg_locks WHERE NOT granted AND relation = 'audit_event'::regclass`;
    await expect.poll(async () => (await client.query(waiting)).rows[0].n).toBe(1);
    for (let n = 0; n < 2; n++) refuse();
    await gaveUp;
    await client.query('COMMIT');
  });
  await expect.poll(stored).toBeGreaterThan(0);
  await accessLog.drained();
  expect(await stored()).toBe(5);
});

test('what is stored together is one leaf that waits to be sealed, over what was stored and no more', async () => {
  const accessLog = new AccessLog(pool(), pino({ level: 'silent' }), () => {});
  const { version } = await db().grantVersion.findFirstOrThrow();
  const pass = (guarded: number) => {
    const at = Date.now();
    const nobody = { tokenId: null, ownerId: null, generation: null, ip: null, userAgent: null, scopes: null };
    const access = { ...nobody, id: newId(at), at, reason: null, subject: 'together' };
    return accessLog.passed(access, { version: guarded, expiresAt: null });
  };
  const pending = async () => (await db().auditPending.findMany({ orderBy: { leafId: 'asc' } })).filter(({ leafId }) => !known.has(leafId));
  const known = new Set((await db().auditPending.findMany()).map(({ leafId }) => leafId));
  const now = Number(version);
  // The first goes at once, alone; the rest wait for it and form a group.
  await Promise.all([pass(now), pass(now), pass(now - 1), pass(now), pass(now)]);
  await Promise.all([pass(now - 1), pass(now - 1)]);
  const rows = await db().auditEvent.findMany({ where: { request: 'together' }, orderBy: { id: 'asc' } });
  expect(rows).toHaveLength(4);
  for (const { leafId, lastId, events } of await pending()) {
    const own = rows.filter((row) => (row.leafId ?? row.id) === leafId);
    expect(own).toHaveLength(events);
    for (const { id } of own) expect(id >= leafId && id <= lastId).toBe(true);
  }
  expect((await pending()).reduce((sum, { events }) => sum + events, 0)).toBe(4);
  expect((await pending()).length).toBeLessThan(4);
});

test('an access that PostgreSQL refuses as it is keeps no other from being stored, and is stored without what strangers sent', async () => {
  const accessLog = new AccessLog(pool(), pino({ level: 'silent' }), () => {});
  const at = Date.now();
  const nobody = { tokenId: null, ownerId: null, generation: null, subject: null, scopes: null, reason: null };
  const sent = [
    { ip: '192.0.2.8', userAgent: 'before' },
    { ip: 'fe80::1%eth0', userAgent: 'a zone' },
    { ip: '192.0.2.8', userAgent: 'nothing \u0000 else' },
    { ip: '192.0.2.8', userAgent: 'after' },
  ].map((what) => ({ ...nobody, ...what, id: newId(at), at }));
  for (const access of sent) expect(accessLog.noted(access)).toBe(true);
  await accessLog.drained();
  const ids = sent.map(({ id }) => id);
  const rows = await db().auditEvent.findMany({ where: { id: { in: ids } }, select: { id: true, userAgent: true } });
  const kept = new Map(rows.map(({ id, userAgent }) => [id, userAgent]));
  expect(ids.map((id) => kept.get(id))).toEqual(['before', null, null, 'after']);
});
