import { beforeEach, describe, expect, test } from 'vitest';
import { acknowledgeAlert, changeRule } from '@/lib/alerts/commands';
import { detectAlerts } from '@/lib/alerts/detect';
import { MOST_OF_TOKEN } from '@/lib/alerts/found';
import { DAY, HOUR, MINUTE } from '@/lib/alerts/rules';
import type { RuleName } from '@/lib/alerts/schema';
import { thresholds } from '@/lib/alerts/values';
import { parseAuditQuery } from '@/lib/audit/filters';
import { listAuditEvents } from '@/lib/audit/queries';
import { auditQuery } from '@/lib/audit/schema';
import { withClient } from '@/lib/boot/roles';
import { db } from '@/lib/db';
import { newId } from '@/lib/id';
import type { Actor } from '@/lib/permissions/permissions';
import { alertsAbout, watchAll } from '@/lib/testing/alerts';
import { createActor, testDatabase } from '@/lib/testing/database';
import { sealAll } from '@/lib/testing/ledger';
import { eventsOf } from '@/lib/testing/people';
import { type TestAccess, writeAccesses } from '@/lib/testing/usage';
import { createToken } from '@/lib/tokens/commands';
import { resumeToken, suspendToken } from '@/lib/tokens/suspension';

const database = testDatabase();
const NOON = Date.UTC(2026, 5, 1, 12);

let admin: Actor;
let owner: Actor;
let tokenId: string;

beforeEach(async () => {
  [admin, owner] = [await createActor('admin'), await createActor()];
  tokenId = await newToken();
});

/** A token of the owner that is 100 days old at NOON. */
async function newToken(): Promise<string> {
  const { id } = await createToken(owner, { name: newId(Date.now()), description: '', expiration: { kind: 'never' } });
  await db().token.update({ where: { id }, data: { createdAt: new Date(NOON - 100 * DAY) } });
  return id;
}

const watch = () => watchAll(database.url);
const access = (at: number, more: Partial<TestAccess> = {}): TestAccess => ({ at: new Date(at), tokenId, actorId: owner.userId, ...more });
/** Logs these, in one leaf, and looks at them. */
async function seen(...accesses: TestAccess[]): Promise<void> {
  await writeAccesses(...accesses);
  await watch();
}
const about = (rule: RuleName) => alertsAbout(rule, { tokenId });
const change = (rule: RuleName, values: Record<string, number>, more: { enabled?: boolean; suspends?: boolean } = {}) => {
  const standard = Object.fromEntries(Object.entries(thresholds[rule]).map(([name, limits]) => [name, limits.standard]));
  return changeRule(admin, { rule, enabled: true, suspends: false, ...more, thresholds: { ...standard, ...values } });
};
const acknowledge = async (rule: RuleName) => {
  const open = (await about(rule)).find(({ acknowledgedAt }) => !acknowledgedAt);
  await acknowledgeAlert(admin, { id: open?.id ?? '', note: 'seen' });
};

describe('a dead value', () => {
  test.each(['superseded', 'deleted'])(
    'that was %s raises an alert with the first try, with its token, owner, address and event',
    async (reason) => {
      await seen(access(NOON, { reason, ip: '203.0.113.9' }));
      const [alert, ...others] = await about('dead_value');
      expect(others).toEqual([]);
      const event = await db().auditEvent.findFirstOrThrow({ where: { tokenId, reason } });
      expect(alert).toMatchObject({
        tokenId,
        ownerId: owner.userId,
        address: '203.0.113.9',
        reason,
        requests: 1,
        firstId: event.id,
        lastId: event.id,
      });
      const raised = (await eventsOf('alert.raised')).filter((one) => one.tokenId === tokenId);
      expect(raised).toMatchObject([
        { actorType: 'system', actorId: null, subjectId: owner.userId, changes: { alert: [null, alert?.id], rule: [null, 'dead_value'] } },
      ]);
      // For whoever is told by a stream: the log with its events, and no others.
      const link = String((raised[0]?.changes as { events?: string[] } | undefined)?.events?.[1]);
      const filters = parseAuditQuery(auditQuery.parse(Object.fromEntries(new URL(link).searchParams)), 'UTC').filters;
      const shown = await listAuditEvents(await createActor('auditor'), filters);
      expect(shown.rows.map(({ id }) => id)).toEqual([alert?.firstId]);
    },
  );

  test('is what it says: other refusals raise none', async () => {
    for (const reason of ['expired', 'suspended', 'scope', 'address', 'rate_limited', 'owner_disabled'])
      await seen(access(NOON, { reason }));
    expect(await about('dead_value')).toEqual([]);
  });

  test('tried again and again is one alert with a count and the last time; another address has its own', async () => {
    for (let n = 0; n < 5; n++) await seen(access(NOON + n * HOUR, { reason: 'deleted', count: 1000 }));
    await seen(access(NOON, { reason: 'deleted', ip: '203.0.113.9' }));
    const alerts = await about('dead_value');
    expect(alerts.map(({ address, requests }) => [address, requests])).toEqual([
      ['192.0.2.7', 5000],
      ['203.0.113.9', 1],
    ]);
    const last = await db().auditEvent.findFirstOrThrow({ where: { tokenId, ip: '192.0.2.7' }, orderBy: { id: 'desc' } });
    expect(alerts[0]?.lastId).toBe(last.id);
    const raised = (await eventsOf('alert.raised')).filter((one) => alerts.some(({ id }) => JSON.stringify(one.changes).includes(id)));
    expect(raised).toHaveLength(2);
  });

  test('tried from very many addresses has so many alerts, and one for all others with their exact count', async () => {
    const many = Array.from({ length: MOST_OF_TOKEN + 30 }, (_, n) => access(NOON + n, { reason: 'deleted', ip: `198.51.100.${n}` }));
    await seen(...many);
    await seen(access(NOON + MINUTE, { reason: 'deleted', ip: '198.51.100.200', count: 7 }));
    const alerts = await about('dead_value');
    expect(alerts).toHaveLength(MOST_OF_TOKEN + 1);
    expect(alerts.find(({ address }) => address === '*')).toMatchObject({ requests: 37 });
  });

  test('from an address that nobody knows is raised too', async () => {
    await seen(access(NOON, { reason: 'deleted', ip: null }));
    expect(await about('dead_value')).toMatchObject([{ address: '', requests: 1 }]);
  });

  test('waits for as many tries within its window as the rule says', async () => {
    await change('dead_value', { requests: 3, minutes: 10 });
    await seen(access(NOON, { reason: 'deleted' }), access(NOON + 9 * MINUTE, { reason: 'deleted' }));
    expect(await about('dead_value')).toEqual([]);
    await seen(access(NOON + 30 * MINUTE, { reason: 'deleted', count: 2 }));
    expect(await about('dead_value')).toEqual([]);
    await seen(access(NOON + 35 * MINUTE, { reason: 'deleted' }));
    expect(await about('dead_value')).toMatchObject([{ requests: 3 }]);
    await change('dead_value', {});
  });

  test('is quiet after it was acknowledged, for as long as the rule says, and then raised anew', async () => {
    const now = Date.now();
    await seen(access(now, { reason: 'deleted' }));
    await acknowledge('dead_value');
    await seen(access(now + 23 * HOUR, { reason: 'deleted' }));
    expect(await about('dead_value')).toMatchObject([{ requests: 1 }]);
    await seen(access(now + 25 * HOUR, { reason: 'deleted' }));
    expect(await about('dead_value')).toMatchObject([{ requests: 1 }, { requests: 1, acknowledgedAt: null }]);
  });

  test('raises nothing while the rule is off', async () => {
    await change('dead_value', {}, { enabled: false });
    await seen(access(NOON, { reason: 'deleted' }));
    expect(await about('dead_value')).toEqual([]);
    await change('dead_value', {});
  });
});

describe('a new network', () => {
  test('is one from which a token was never used; the first one ever is not', async () => {
    await seen(access(NOON, { ip: '192.0.2.7' }));
    await seen(access(NOON + 1, { ip: '192.0.2.250' }));
    expect(await about('new_network')).toEqual([]);
    await seen(access(NOON + MINUTE, { ip: '192.0.3.1' }), access(NOON + MINUTE + 1, { ip: '192.0.3.2' }));
    await seen(access(NOON + HOUR, { ip: '192.0.3.3' }));
    expect(await about('new_network')).toMatchObject([{ address: '192.0.3.0/24', requests: 3 }]);
    await acknowledge('new_network');
    await seen(access(NOON + 2 * HOUR, { ip: '192.0.3.4' }));
    expect(await about('new_network')).toHaveLength(1);
  });

  test('is a /48 of IPv6, and each kind of address has its own', async () => {
    await seen(access(NOON, { ip: '2001:db8:1::1' }));
    await seen(access(NOON + 1, { ip: '2001:db8:1:ffff::1' }));
    expect(await about('new_network')).toEqual([]);
    await seen(access(NOON + 2, { ip: '2001:db8:2::1' }));
    await seen(access(NOON + 3, { ip: '192.0.2.7' }));
    expect((await about('new_network')).map(({ address }) => address)).toEqual(['2001:db8:2::/48', '192.0.2.0/24']);
  });

  test('is not where somebody was refused, and an unknown address is none', async () => {
    await seen(access(NOON));
    await seen(access(NOON + 1, { ip: '203.0.113.1', reason: 'scope' }), access(NOON + 2, { ip: null }));
    expect(await about('new_network')).toEqual([]);
    await seen(access(NOON + 3, { ip: '203.0.113.1' }));
    expect(await about('new_network')).toMatchObject([{ requests: 1 }]);
  });

  test('within one leaf, the first is learnt and the second is raised', async () => {
    await seen(access(NOON, { ip: '192.0.2.7' }), access(NOON + 1, { ip: '198.51.100.7' }));
    expect(await about('new_network')).toMatchObject([{ address: '198.51.100.0/24' }]);
  });

  test('is as large as the rule says; what was known before the rule became finer stays known', async () => {
    await seen(access(NOON, { ip: '192.0.2.7' }));
    await change('new_network', { prefix4: 28 });
    await seen(access(NOON + 1, { ip: '192.0.2.250' }));
    expect(await about('new_network')).toEqual([]);
    await seen(access(NOON + 2, { ip: '192.0.4.1' }));
    await seen(access(NOON + 3, { ip: '192.0.4.17' }));
    expect((await about('new_network')).map(({ address }) => address)).toEqual(['192.0.4.0/28', '192.0.4.16/28']);
    await change('new_network', { prefix4: 16 });
    await seen(access(NOON + 4, { ip: '192.0.99.1' }));
    expect(await about('new_network')).toHaveLength(2);
    await change('new_network', {});
  });

  test('is learnt while the token is young, and new again once it was forgotten', async () => {
    await change('new_network', { learningHours: 2, rememberDays: 10 });
    await seen(access(NOON, { ip: '192.0.2.7' }));
    await seen(access(NOON + 2 * HOUR - 1, { ip: '198.51.100.7' }));
    expect(await about('new_network')).toEqual([]);
    await seen(access(NOON + 2 * HOUR, { ip: '203.0.113.7' }));
    expect(await about('new_network')).toHaveLength(1);
    await seen(access(NOON + 10 * DAY, { ip: '192.0.2.7' }));
    expect(await about('new_network')).toHaveLength(1);
    await seen(access(NOON + 20 * DAY + HOUR, { ip: '192.0.2.7' }));
    expect((await about('new_network')).map(({ address }) => address)).toEqual(['203.0.113.0/24', '192.0.2.0/24']);
    await change('new_network', {});
  });

  test('is learnt while the rule is off', async () => {
    await change('new_network', {}, { enabled: false });
    await seen(access(NOON, { ip: '192.0.2.7' }), access(NOON + 1, { ip: '203.0.113.7' }));
    await change('new_network', {});
    await seen(access(NOON + 2, { ip: '203.0.113.8' }));
    expect(await about('new_network')).toEqual([]);
  });
});

describe('a burst of refusals', () => {
  test('on a token is raised at as many as the rule says, however they are spread over leaves, and not at one less', async () => {
    for (let n = 0; n < 3; n++) await seen(access(NOON + n * MINUTE, { reason: 'scope', count: 33, ip: `192.0.2.${n}` }));
    expect(await about('token_burst')).toEqual([]);
    await seen(access(NOON + 4 * MINUTE, { reason: 'expired' }));
    const [alert] = await about('token_burst');
    const [first] = await db().auditEvent.findMany({ where: { tokenId, event: 'token.refused' }, orderBy: { id: 'asc' } });
    expect(alert).toMatchObject({ requests: 100, firstId: first?.id, address: null, figures: { requests: 100, minutes: 5 } });
    await seen(access(NOON + 6 * MINUTE, { reason: 'scope', count: 5 }));
    expect(await about('token_burst')).toMatchObject([{ requests: 105 }]);
  });

  test('is none when it is spread over more than the window', async () => {
    await seen(access(NOON, { reason: 'scope', count: 99 }));
    await seen(access(NOON + 5 * MINUTE + 20_000, { reason: 'scope', count: 99 }));
    expect(await about('token_burst')).toEqual([]);
  });

  test('from an address is raised whatever was tried; an IPv6 /64 is one address', async () => {
    const nobody = { tokenId: undefined, actorId: undefined };
    await seen(access(NOON, { ...nobody, reason: 'malformed', ip: '203.0.113.77', count: 99 }));
    expect(await alertsAbout('address_burst', { address: '203.0.113.77' })).toEqual([]);
    await seen(access(NOON + 1, { reason: 'expired', ip: '203.0.113.77' }));
    expect(await alertsAbout('address_burst', { address: '203.0.113.77' })).toMatchObject([
      { requests: 100, tokenId: null, ownerId: null },
    ]);
    await seen(
      access(NOON, { ...nobody, reason: 'unknown', ip: '2001:db8:7::1', count: 50 }),
      access(NOON, { ...nobody, reason: 'unknown', ip: '2001:db8:7::2', count: 50 }),
    );
    expect(await alertsAbout('address_burst', { address: '2001:db8:7::/64' })).toMatchObject([{ requests: 100 }]);
  });

  test('leaves nothing behind that no window reaches', async () => {
    await seen(access(NOON, { reason: 'scope' }));
    expect(await db().alertTally.count({ where: { subject: tokenId } })).toBe(1);
    await seen(access(NOON + 7 * MINUTE, { tokenId: undefined, actorId: undefined, reason: 'malformed' }));
    expect(await db().alertTally.count({ where: { subject: tokenId } })).toBe(0);
  });
});

describe('a dormant token', () => {
  test('raises an alert with the use that wakes it, once', async () => {
    await db().token.update({ where: { id: tokenId }, data: { createdAt: new Date(NOON) } });
    await seen(access(NOON));
    await seen(access(NOON + 30 * DAY - 1));
    expect(await about('dormant')).toEqual([]);
    await seen(access(NOON + 60 * DAY - 1), access(NOON + 60 * DAY), access(NOON + 60 * DAY + 1));
    await seen(access(NOON + 60 * DAY + HOUR));
    const [alert, ...others] = await about('dormant');
    expect(others).toEqual([]);
    expect(alert).toMatchObject({ requests: 1, figures: { days: 30 }, address: '192.0.2.7' });
    expect(alert?.firstId).toBe(alert?.lastId);
  });

  test('is also one that was never used since it was made', async () => {
    await seen(access(NOON));
    expect(await about('dormant')).toMatchObject([{ figures: { days: 100 } }]);
  });

  test('does not wake from a refusal', async () => {
    await seen(access(NOON, { reason: 'expired' }));
    expect(await about('dormant')).toEqual([]);
  });

  test('is found within one leaf too', async () => {
    await db().token.update({ where: { id: tokenId }, data: { createdAt: new Date(NOON) } });
    await seen(access(NOON), access(NOON + 31 * DAY));
    expect(await about('dormant')).toMatchObject([{ figures: { days: 31 } }]);
  });
});

describe('a rate', () => {
  const past = async (peak: number) => {
    await db().usageHour.create({ data: { subjectId: tokenId, hour: new Date(NOON - 3 * DAY), reason: '', requests: peak } });
    await seen(access(NOON - 20 * DAY));
  };

  test('far off the busiest hour of its past is raised at so many times as much, and not at one less', async () => {
    await past(200);
    await seen(access(NOON, { count: 999 }));
    expect(await about('rate')).toEqual([]);
    await seen(access(NOON + MINUTE));
    expect(await about('rate')).toMatchObject([{ requests: 1000, figures: { requests: 1000, peak: 200, days: 14 } }]);
    await seen(access(NOON + 2 * MINUTE, { count: 500 }));
    expect(await about('rate')).toMatchObject([{ requests: 1500 }]);
  });

  test('is that of one hour: what came in the hour before does not count', async () => {
    await past(200);
    await seen(access(NOON - 1, { count: 999 }));
    await seen(access(NOON, { count: 999 }));
    expect(await about('rate')).toEqual([]);
  });

  test('is not judged below the least, nor without a past as long as the rule looks back', async () => {
    await past(1);
    await seen(access(NOON, { count: 499 }));
    expect(await about('rate')).toEqual([]);
    tokenId = await newToken();
    await seen(access(NOON - 13 * DAY), access(NOON, { count: 100_000 }));
    expect(await about('rate')).toEqual([]);
  });
});

describe('exactly once', () => {
  test('a batch that broke off leaves nothing, and is looked at again as if it had not been', async () => {
    await writeAccesses(access(NOON, { reason: 'deleted', count: 60 }));
    await sealAll();
    await withClient(database.url, async (client) => {
      const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
      const broken = Object.assign(Object.create(client), {
        query: (...args: unknown[]) =>
          String(args[0]).startsWith('UPDATE audit_consumer') ? Promise.reject(new Error('killed')) : query(...args),
      });
      await expect(detectAlerts(broken)).rejects.toThrow('killed');
    });
    expect(await about('dead_value')).toEqual([]);
    expect(await db().alertTally.count({ where: { subject: tokenId } })).toBe(0);
    await watch();
    await watch();
    expect(await about('dead_value')).toMatchObject([{ requests: 60 }]);
  });

  test('what was found and not raised, because its finder died, is raised by the next, once', async () => {
    await writeAccesses(access(NOON, { reason: 'deleted' }));
    await sealAll();
    await withClient(database.url, async (client) => {
      while (await detectAlerts(client));
    });
    expect(await about('dead_value')).toMatchObject([{ raisedAt: null }]);
    await Promise.all([watch(), watch()]);
    expect(await about('dead_value')).toMatchObject([{ raisedAt: expect.any(Date) }]);
    expect((await eventsOf('alert.raised')).filter((one) => one.tokenId === tokenId)).toHaveLength(1);
  });

  test('two leaders at once find what one would', async () => {
    for (let n = 0; n < 60; n++) await writeAccesses(access(NOON + n, { reason: 'deleted' }));
    await sealAll();
    await Promise.all([watch(), watch(), watch()]);
    expect(await about('dead_value')).toMatchObject([{ requests: 60 }]);
    expect((await eventsOf('alert.raised')).filter((one) => one.tokenId === tokenId)).toHaveLength(1);
  });
});

describe('suspending', () => {
  test('happens where the rule says so: by the system, with the alert as its reason', async () => {
    await change('new_network', {}, { suspends: true });
    await seen(access(NOON));
    expect((await db().token.findUniqueOrThrow({ where: { id: tokenId } })).suspendedAt).toBeNull();
    await seen(access(NOON + 1, { ip: '203.0.113.7' }));
    const [alert] = await about('new_network');
    const token = await db().token.findUniqueOrThrow({ where: { id: tokenId } });
    expect(token).toMatchObject({ suspendedById: null, suspendedReason: expect.stringContaining(`Alert ${alert?.id}`) });
    expect(alert?.suspendedAt).toEqual(token.suspendedAt);
    const events = (await eventsOf('token.suspended')).filter((one) => one.tokenId === tokenId);
    expect(events).toMatchObject([{ actorType: 'system', subjectId: owner.userId }]);
    await change('new_network', {});
  });

  test('leaves alone what is deleted or suspended already; the alert is raised all the same', async () => {
    await change('dead_value', {}, { suspends: true });
    await db().token.update({ where: { id: tokenId }, data: { deletedAt: new Date(), nameKey: null } });
    await seen(access(NOON, { reason: 'deleted' }));
    expect(await about('dead_value')).toMatchObject([{ suspendFor: null, suspendedAt: null, raisedAt: expect.any(Date) }]);
    expect((await db().token.findUniqueOrThrow({ where: { id: tokenId } })).suspendedAt).toBeNull();
    await change('dead_value', {});
  });

  const token = () => db().token.findUniqueOrThrow({ where: { id: tokenId } });
  const isSuspended = async () => (await token()).suspendedAt !== null;
  const suspensions = async () => (await eventsOf('token.suspended')).filter((one) => one.tokenId === tokenId).length;
  /** So long after the resume that no slot has both. */
  const resume = async () => {
    await resumeToken(admin, { id: tokenId });
    return ((await token()).resumedAt?.getTime() ?? 0) + 11_000;
  };
  const bursts = { requests: 10, minutes: 5 };
  const refusals = (at: number, count: number) => seen(access(at, { reason: 'scope', count }));

  test('happens while an alert is open, once the rule was told to: for what happens from then on', async () => {
    await change('token_burst', bursts);
    await refusals(NOON, 50);
    expect(await about('token_burst')).toMatchObject([{ requests: 50, suspendedAt: null }]);
    await change('token_burst', bursts, { suspends: true });
    await refusals(NOON + MINUTE, 9);
    expect(await isSuspended()).toBe(false);
    await refusals(NOON + MINUTE + 1, 1);
    expect(await isSuspended()).toBe(true);
    const [alert, ...others] = await about('token_burst');
    expect(others).toEqual([]);
    expect(alert).toMatchObject({ requests: 60, acknowledgedAt: null, suspendFor: null });
    expect(await token()).toMatchObject({ suspendedById: null, suspendedReason: expect.stringContaining(`Alert ${alert?.id}`) });
    expect(await suspensions()).toBe(1);
    await change('token_burst', {});
  });

  test('happens again after a resume, though nobody acknowledged: for a whole burst of its own, each once', async () => {
    await change('token_burst', bursts, { suspends: true });
    await refusals(Date.now(), 10);
    expect(await suspensions()).toBe(1);
    await refusals(Date.now(), 500);
    const first = await resume();
    // What came before it is dealt with.
    await refusals(first - 12_000, 100);
    await refusals(first, 9);
    expect(await isSuspended()).toBe(false);
    await refusals(first + 1, 1);
    expect([await isSuspended(), await suspensions()]).toEqual([true, 2]);
    const second = await resume();
    await refusals(second, 9);
    expect(await isSuspended()).toBe(false);
    await refusals(second + 1, 30);
    expect([await isSuspended(), await suspensions()]).toEqual([true, 3]);
    expect(await about('token_burst')).toHaveLength(1);
    await change('token_burst', {});
  });

  test('happens in the quiet time too, and says so with an alert; without it, quiet stays quiet', async () => {
    await change('token_burst', bursts, { suspends: true });
    await refusals(Date.now(), 10);
    await acknowledge('token_burst');
    const at = await resume();
    await refusals(at, 9);
    expect(await about('token_burst')).toHaveLength(1);
    await refusals(at + 1, 1);
    expect([await isSuspended(), await suspensions()]).toEqual([true, 2]);
    expect(await about('token_burst')).toMatchObject([{}, { requests: 10, acknowledgedAt: null, suspendedAt: expect.any(Date) }]);
    await acknowledge('token_burst');
    await refusals(at + 2, 100);
    expect(await about('token_burst'), 'it is suspended already').toHaveLength(2);
    await change('token_burst', bursts);
    await refusals((await resume()) + 1, 100);
    expect([await isSuspended(), (await about('token_burst')).length]).toEqual([false, 2]);
    await change('token_burst', {});
  });

  test('for a dead value happens with the next try after a resume, from each address', async () => {
    await change('dead_value', {}, { suspends: true });
    const tried = (at: number, ip: string) => seen(access(at, { reason: 'superseded', ip }));
    await tried(Date.now(), '192.0.2.7');
    expect(await isSuspended()).toBe(true);
    await tried((await resume()) + 1, '192.0.2.7');
    expect(await isSuspended()).toBe(true);
    await acknowledge('dead_value');
    await tried((await resume()) + 1, '192.0.2.7');
    expect([await isSuspended(), await suspensions()]).toEqual([true, 3]);
    await change('dead_value', {});
  });

  test('for a network and for a wake happens with the next use while their alert is open, and not once somebody resumed the token', async () => {
    const at = Date.now();
    await seen(access(at - HOUR));
    await seen(access(at - HOUR + 1, { ip: '203.0.113.7' }));
    expect(await about('new_network')).toHaveLength(1);
    await change('new_network', {}, { suspends: true });
    await seen(access(at, { ip: '192.0.2.8' }));
    expect(await isSuspended(), 'a network that is known').toBe(false);
    await seen(access(at, { ip: '203.0.113.8' }));
    expect([await isSuspended(), await suspensions()]).toEqual([true, 1]);
    const after = await resume();
    await seen(access(after, { ip: '203.0.113.9' }));
    expect(await isSuspended()).toBe(false);
    await seen(access(after + 1, { ip: '198.51.100.1' }));
    expect([await isSuspended(), await suspensions()]).toEqual([true, 2]);
    await change('new_network', {});

    await change('dormant', {}, { suspends: true });
    const slept = (await resume()) + 40 * DAY;
    await seen(access(slept));
    expect([await isSuspended(), await suspensions()]).toEqual([true, 3]);
    await change('dormant', {});
  });

  test('for a rate is judged by the hour, after a resume by the rest of it', async () => {
    const hour = Math.floor(Date.now() / HOUR) * HOUR + DAY;
    await change('rate', { requests: 100 }, { suspends: true });
    await db().usageHour.create({ data: { subjectId: tokenId, hour: new Date(hour - 3 * DAY), reason: '', requests: 20 } });
    await seen(access(hour - 20 * DAY));
    await seen(access(hour, { count: 99 }));
    expect(await isSuspended()).toBe(false);
    await seen(access(hour + 1));
    expect([await isSuspended(), await suspensions()]).toEqual([true, 1]);
    await resume();
    await db().token.update({ where: { id: tokenId }, data: { resumedAt: new Date(hour + MINUTE) } });
    await seen(access(hour + 2 * MINUTE, { count: 60 }));
    await seen(access(hour + 3 * MINUTE, { count: 39 }));
    expect(await isSuspended()).toBe(false);
    await seen(access(hour + 4 * MINUTE, { count: 1 }));
    expect([await isSuspended(), await suspensions()]).toEqual([true, 2]);
    await change('rate', {});
  });

  test('that was asked for and not done, because its finder died, is done by the next, once; not when somebody resumed the token meanwhile', async () => {
    await change('token_burst', bursts, { suspends: true });
    const find = async (at: number) => {
      await writeAccesses(access(at, { reason: 'scope', count: 10 }));
      await sealAll();
      await withClient(database.url, async (client) => {
        while (await detectAlerts(client));
      });
    };
    await find(Date.now());
    expect(await isSuspended()).toBe(false);
    await Promise.all([watch(), watch(), watch()]);
    expect([await isSuspended(), await suspensions()]).toEqual([true, 1]);
    const at = await resume();
    await find(at);
    expect(await about('token_burst')).toMatchObject([{ suspendFor: expect.any(String) }]);
    await suspendToken(admin, { id: tokenId, reason: 'to look into it' });
    await resume();
    await db().token.update({ where: { id: tokenId }, data: { resumedAt: new Date(at + 1) } });
    await watch();
    expect(await isSuspended()).toBe(false);
    expect(await about('token_burst')).toMatchObject([{ suspendFor: null }]);
    await change('token_burst', {});
  });
});
