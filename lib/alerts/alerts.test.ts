import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import ipaddr from 'ipaddr.js';
import { describe, expect, test } from 'vitest';
import { acknowledgeAlert, changeRule } from '@/lib/alerts/commands';
import { eventsOf as eventsLink } from '@/lib/alerts/log-link';
import { countOpenAlerts, listAlerts, listRules, openAlertsOf } from '@/lib/alerts/queries';
import { DAY } from '@/lib/alerts/rules';
import { acknowledgeAlertInput, alertFilters, changeRuleInput, type RuleName } from '@/lib/alerts/schema';
import { thresholds } from '@/lib/alerts/values';
import { parseAuditQuery } from '@/lib/audit/filters';
import { listAuditEvents } from '@/lib/audit/queries';
import { auditQuery } from '@/lib/audit/schema';
import { db, pool } from '@/lib/db';
import { createGate } from '@/lib/gate/verify';
import { newId } from '@/lib/id';
import type { Actor } from '@/lib/permissions/permissions';
import { runtime } from '@/lib/runtime';
import { alertsAbout, watchAll } from '@/lib/testing/alerts';
import { createActor, testDatabase } from '@/lib/testing/database';
import { eventsOf, outcomeOf } from '@/lib/testing/people';
import { type TestAccess, writeAccesses } from '@/lib/testing/usage';
import { createToken, deleteToken, regenerateToken } from '@/lib/tokens/commands';
import { resumeToken } from '@/lib/tokens/suspension';

const database = testDatabase();
const all = alertFilters.parse({});
const never = { description: '', expiration: { kind: 'never' } } as const;

/** A token of this person of which a dead value was tried from 203.0.113.9, and the alert about that. */
async function alarm(owner: Actor, ...more: Partial<TestAccess>[]): Promise<{ tokenId: string; id: string }> {
  const { id: tokenId } = await createToken(owner, { ...never, name: `token ${Math.random()}` });
  const tried = { at: new Date(), tokenId, actorId: owner.userId, reason: 'superseded', ip: '203.0.113.9' };
  await writeAccesses(tried, ...more.map((change) => ({ ...tried, ...change })));
  await watchAll(database.url);
  const alert = (await alertsAbout('dead_value', { tokenId })).find(
    ({ address, reason }) => address === tried.ip && reason === tried.reason,
  );
  return { tokenId, id: alert?.id ?? '' };
}

describe('seeing alerts', () => {
  test('administrators and auditors see all; members those of their own tokens; nobody sees what was not raised yet', async () => {
    const [ada, bob, auditor, admin] = [await createActor(), await createActor(), await createActor('auditor'), await createActor('admin')];
    const alert = await alarm(ada);
    await writeAccesses({ at: new Date(), reason: 'malformed', ip: '203.0.113.50', count: 1000 });
    await watchAll(database.url);
    const [burst] = await alertsAbout('address_burst', { address: '203.0.113.50' });
    const seenBy = async (actor: Actor) => (await listAlerts(actor, all)).rows.map(({ id }) => id);
    expect(await seenBy(ada)).toEqual([alert.id]);
    expect(await countOpenAlerts(ada)).toBe(1);
    expect(await seenBy(bob)).toEqual([]);
    expect(await countOpenAlerts(bob)).toBe(0);
    expect(await openAlertsOf(bob, alert.tokenId)).toEqual({ rows: [], total: 0 });
    for (const actor of [auditor, admin]) {
      expect(await seenBy(actor)).toEqual(expect.arrayContaining([alert.id, burst?.id]));
      expect(await openAlertsOf(actor, alert.tokenId)).toMatchObject({ rows: [{ id: alert.id }], total: 1 });
    }
    const rows = async (actor: Actor) => new Map((await listAlerts(actor, all)).rows.map((row) => [row.id, row.canAcknowledge]));
    expect((await rows(auditor)).get(alert.id)).toBe(false);
    expect((await rows(admin)).get(burst?.id ?? '')).toBe(true);
    expect((await rows(ada)).get(alert.id)).toBe(false);
    await db().alert.update({ where: { id: alert.id }, data: { raisedAt: null } });
    expect(await seenBy(ada)).toEqual([]);
    expect(await outcomeOf(acknowledgeAlert(admin, { id: alert.id, note: '' }))).toBe('not_found');
    await db().alert.update({ where: { id: alert.id }, data: { raisedAt: new Date() } });
  });

  test('open ones come first, and filters hold', async () => {
    const owner = await createActor();
    const [first, second] = [await alarm(owner), await alarm(owner)];
    await acknowledgeAlert(await createActor('admin'), { id: second.id, note: 'theirs' });
    const ids = async (change: Partial<typeof all>) => (await listAlerts(owner, { ...all, ...change })).rows.map(({ id }) => id);
    expect(await ids({})).toEqual([first.id, second.id]);
    expect(await ids({ state: 'open' })).toEqual([first.id]);
    expect(await ids({ state: 'acknowledged' })).toEqual([second.id]);
    expect(await ids({ rule: 'dormant' })).toEqual([]);
    expect(await ids({ token: second.tokenId })).toEqual([second.id]);
    expect(await listAlerts(owner, { ...all, page: 99 })).toMatchObject({ page: 1, total: 2, all: 2 });
  });

  test('an alert leads to exactly its events', async () => {
    const [owner, auditor] = [await createActor(), await createActor('auditor')];
    const now = Date.now();
    const { tokenId, id } = await alarm(
      owner,
      { at: new Date(now + 5) },
      { reason: 'deleted' },
      { ip: '203.0.113.10' },
      { reason: 'scope' },
    );
    await writeAccesses({ at: new Date(now + 60_000), tokenId, actorId: owner.userId, reason: 'superseded', ip: '203.0.113.9', count: 7 });
    await watchAll(database.url);
    const row = (await listAlerts(auditor, { ...all, token: tokenId })).rows.find((one) => one.id === id);
    if (!row) throw new Error('there is no such alert');
    const query = auditQuery.parse(Object.fromEntries(new URL(eventsLink(row), 'http://localhost').searchParams));
    const { filters, problems } = parseAuditQuery(query, 'Europe/Amsterdam');
    expect(problems).toEqual({});
    const { rows } = await listAuditEvents(auditor, filters);
    expect(rows.map(({ reason, ip, count }) => [reason, ip, count])).toEqual([
      ['superseded', '203.0.113.9', 7],
      ['superseded', '203.0.113.9', 1],
      ['superseded', '203.0.113.9', 1],
    ]);
    expect(row.requests).toBe(9);
  });
});

describe('acknowledging', () => {
  test('closes an alert with a note and puts both into the log; of two at once, one does', async () => {
    const [owner, admin, other] = [await createActor(), await createActor('admin'), await createActor('admin')];
    const { tokenId, id } = await alarm(owner);
    const outcomes = await Promise.all([admin, other].map((actor) => outcomeOf(acknowledgeAlert(actor, { id, note: `by ${actor.name}` }))));
    expect(outcomes.sort()).toEqual(['changed_meanwhile', 'ok']);
    const [row] = (await listAlerts(owner, all)).rows;
    expect(row).toMatchObject({ state: 'acknowledged', canAcknowledge: false });
    expect(row?.acknowledged?.note).toBe(`by ${row?.acknowledged?.by}`);
    const events = (await eventsOf('alert.acknowledged')).filter((one) => one.tokenId === tokenId);
    expect(events).toMatchObject([{ subjectId: owner.userId, changes: { alert: [id, id], note: [null, row?.acknowledged?.note] } }]);
    expect(await countOpenAlerts(owner)).toBe(0);
  });

  test('is for administrators: an owner, whose account may be somebody else’s by now, closes nothing and begins no quiet', async () => {
    const owner = await createActor();
    const { tokenId, id } = await alarm(owner);
    expect(await outcomeOf(acknowledgeAlert(owner, { id, note: 'that was me' }))).toBe('forbidden');
    expect(await outcomeOf(acknowledgeAlert(await createActor(), { id, note: 'that was me' }))).toBe('not_found');
    expect(await alertsAbout('dead_value', { tokenId })).toMatchObject([{ acknowledgedAt: null, note: '' }]);
    expect((await listAlerts(await createActor('admin'), { ...all, token: tokenId, state: 'open' })).rows).toMatchObject([{ id }]);
  });

  test.each(['', ' \n\t', '\u200b', 'x'.repeat(501), undefined])('needs a note: %j is none', (note) => {
    expect(acknowledgeAlertInput.safeParse({ id: newId(0), note }).success).toBe(false);
  });

  test('and more of the same at once never loses a request: it is in the alert, or in the next', async () => {
    const owner = await createActor();
    const { tokenId, id } = await alarm(owner);
    await writeAccesses({ at: new Date(), tokenId, actorId: owner.userId, reason: 'superseded', ip: '203.0.113.9' });
    await Promise.all([watchAll(database.url), acknowledgeAlert(await createActor('admin'), { id, note: 'seen' })]);
    const alerts = await alertsAbout('dead_value', { tokenId });
    expect(alerts).toHaveLength(1);
    expect([1, 2]).toContain(alerts[0]?.requests);
  });
});

describe('the rules', () => {
  test('are listed with their defaults and bounds, and a change is an event with before and after', async () => {
    const admin = await createActor('admin');
    const before = (await listRules(admin)).find(({ rule }) => rule === 'token_burst');
    expect(before).toMatchObject({ enabled: true, suspends: false, canSuspend: true });
    expect(before?.thresholds[0]).toEqual({ name: 'requests', value: 100, standard: 100, least: 1, most: 1_000_000 });
    const change = changeRuleInput.parse({
      rule: 'token_burst',
      enabled: true,
      suspends: true,
      thresholds: { requests: 7, minutes: 5, quietHours: 24 },
    });
    await changeRule(admin, change);
    await changeRule(admin, change);
    const events = (await eventsOf('alert.rule_changed')).filter(({ actorId }) => actorId === admin.userId);
    expect(events.map(({ changes }) => changes)).toEqual([
      { rule: ['token_burst', 'token_burst'], requests: [100, 7], suspends: [false, true] },
    ]);
    const after = (await listRules(admin)).find(({ rule }) => rule === 'token_burst');
    expect(after).toMatchObject({ suspends: true, thresholds: [{ value: 7 }, { value: 5 }, { value: 24 }] });
  });
});

/** Asks the gate itself. */
async function withGate(work: (ask: (secret: string, ip: string, scope?: string) => Promise<number>) => Promise<void>): Promise<void> {
  const gate = createGate({ ...runtime(), env: { ...runtime().env, trustedProxies: [[ipaddr.parse('127.0.0.1'), 32]] } }, pool());
  const server = createServer(gate.handle);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/verify`;
  try {
    await work(async (secret, ip, scope = '') => {
      const { status } = await fetch(`${url}?scope=${scope}`, { headers: { 'x-api-key': secret, 'x-forwarded-for': ip } });
      if (status !== 200) await gate.drained();
      return status;
    });
  } finally {
    await gate.drained();
    server.closeAllConnections();
    server.close();
  }
}

test('what the gate is asked raises an alert by each rule: a replaced value, a new network, refusals of a token and from an address, a wake, a rate', async () => {
  const [owner, admin] = [await createActor(), await createActor('admin')];
  const change = (rule: RuleName, values: Record<string, number>, more = {}) => {
    const standard = Object.fromEntries(Object.entries(thresholds[rule]).map(([name, limits]) => [name, limits.standard]));
    return changeRule(admin, { rule, enabled: true, suspends: false, ...more, thresholds: { ...standard, ...values } });
  };
  await change('new_network', {});
  await change('token_burst', { requests: 5 });
  await change('address_burst', { requests: 6 });
  await change('rate', { requests: 10 });
  await withGate(async (ask) => {
    const raised = async (tokenId: string) => {
      await watchAll(database.url);
      return (await db().alert.findMany({ where: { tokenId, raisedAt: { not: null } } })).map(({ rule }) => rule).sort();
    };
    const replaced = await createToken(owner, { ...never, name: 'replaced' });
    await regenerateToken(owner, { id: replaced.id, generation: 1 });
    expect(await ask(replaced.secret, '192.0.2.1')).toBe(401);
    expect(await raised(replaced.id)).toEqual(['dead_value']);

    const { id, secret } = await createToken(owner, { ...never, name: 'old' });
    await db().token.update({ where: { id }, data: { createdAt: new Date(Date.now() - 31 * DAY) } });
    expect(await ask(secret, '192.0.2.1')).toBe(200);
    expect(await raised(id)).toEqual(['dormant']);
    expect(await ask(secret, '198.51.100.1')).toBe(200);
    expect(await raised(id)).toEqual(['dormant', 'new_network']);
    for (let n = 0; n < 5; n++) expect(await ask(secret, '192.0.2.77', 'missing')).toBe(403);
    expect(await raised(id)).toEqual(['dormant', 'new_network', 'token_burst']);
    await db().alertToken.update({ where: { tokenId: id }, data: { firstUsedAt: new Date(Date.now() - 15 * DAY) } });
    for (let n = 0; n < 10; n++) expect(await ask(secret, '192.0.2.1')).toBe(200);
    expect(await raised(id)).toEqual(['dormant', 'new_network', 'rate', 'token_burst']);

    expect(await alertsAbout('address_burst', { address: '192.0.2.77' })).toEqual([]);
    expect(await ask('nonsense', '192.0.2.77')).toBe(401);
    await watchAll(database.url);
    expect(await alertsAbout('address_burst', { address: '192.0.2.77' })).toMatchObject([{ requests: 6, tokenId: null }]);
  });
  for (const rule of ['token_burst', 'address_burst', 'rate'] as const) await change(rule, {});
});

test('a token that an alert suspends is refused by the gate with the next request, and only an administrator resumes it', async () => {
  const [owner, admin] = [await createActor(), await createActor('admin')];
  await withGate(async (ask) => {
    const rule = { rule: 'new_network', enabled: true, suspends: true } as const;
    const thresholds = { prefix4: 24, prefix6: 48, learningHours: 0, rememberDays: 180 };
    await changeRule(admin, { ...rule, thresholds });
    const { id, secret } = await createToken(owner, { ...never, name: 'roaming' });
    expect(await ask(secret, '192.0.2.1')).toBe(200);
    expect(await ask(secret, '192.0.2.2')).toBe(200);
    await watchAll(database.url);
    expect(await ask(secret, '203.0.113.7')).toBe(200);
    await watchAll(database.url);
    expect(await ask(secret, '192.0.2.1')).toBe(401);
    expect(await outcomeOf(resumeToken(owner, { id }))).toBe('suspended_by_admin');
    await resumeToken(admin, { id });
    expect(await ask(secret, '203.0.113.7')).toBe(200);
    await deleteToken(owner, { id, confirmName: 'roaming' });
    expect(await ask(secret, '192.0.2.1')).toBe(401);
    await watchAll(database.url);
    expect(await alertsAbout('dead_value', { tokenId: id })).toMatchObject([{ reason: 'deleted', address: '192.0.2.1', requests: 1 }]);
  });
});
