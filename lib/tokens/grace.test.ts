import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { db, transaction } from '@/lib/db';
import { AppError } from '@/lib/errors';
import type { Actor } from '@/lib/permissions/permissions';
import { changeLongestGrace } from '@/lib/policy/commands';
import { createActor, testDatabase } from '@/lib/testing/database';
import { eventsOf, outcomeOf } from '@/lib/testing/people';
import '@/lib/testing/properties';
import { changeExpiration, createToken, deleteToken, regenerateToken } from '@/lib/tokens/commands';
import { earliest, extendGrace, finishGrace } from '@/lib/tokens/grace';
import { getOldValue } from '@/lib/tokens/old-value';
import { extendGraceInput, regenerateTokenInput } from '@/lib/tokens/schema';
import { suspendToken } from '@/lib/tokens/suspension';

testDatabase();

const HOUR = 3600;
const at = (milliseconds: number) => ({ kind: 'at', at: new Date(Date.now() + milliseconds).toISOString() }) as const;

async function issue(owner: Actor, expiration: Parameters<typeof createToken>[1]['expiration'] = { kind: 'never' }): Promise<string> {
  return (await createToken(owner, { name: 'ci', description: '', expiration })).id;
}

/** A token whose old value lives on for eight hours. */
async function inGrace(owner: Actor, expiration?: Parameters<typeof createToken>[1]['expiration']) {
  const id = await issue(owner, expiration);
  const { oldValueUntil } = await regenerateToken(owner, { id, generation: 1, graceSeconds: 8 * HOUR });
  return { id, until: oldValueUntil ?? '' };
}

const secretsOf = (tokenId: string) => db().tokenSecret.findMany({ where: { tokenId }, orderBy: { createdAt: 'asc' } });
const living = async (tokenId: string) => (await secretsOf(tokenId)).filter(({ validUntil }) => validUntil && validUntil > new Date());

async function end(tokenId: string): Promise<void> {
  await db()
    .$executeRaw`UPDATE token_secret SET valid_until = clock_timestamp() WHERE token_id = ${tokenId}::uuid AND valid_until IS NOT NULL`;
}

describe('regenerating', () => {
  test('without a grace ends the old value with the commit, and says nothing of one', async () => {
    const owner = await createActor();
    const id = await issue(owner);
    expect(await regenerateToken(owner, { id, generation: 1 })).toMatchObject({ oldValueUntil: null });
    const [old] = await secretsOf(id);
    expect(old).toMatchObject({ generation: 1, validUntil: null, notAfter: null, hint: expect.stringMatching(/^lk_…\w{4}$/) });
    expect((await eventsOf('token.regenerated')).at(-1)?.changes).not.toHaveProperty('oldValueUntil');
  });

  test('with one lets the old value live for exactly so long, by the database’s clock, and records until when', async () => {
    const owner = await createActor();
    const { id, until } = await inGrace(owner);
    const [old, live] = await secretsOf(id);
    expect(old?.supersededAt?.getTime()).toBe(Date.parse(until) - 8 * HOUR * 1000);
    expect(old).toMatchObject({ generation: 1, validUntil: new Date(until), supersededAt: live?.createdAt });
    expect(live).toMatchObject({ generation: null, supersededAt: null, validUntil: null });
    expect((await eventsOf('token.regenerated')).at(-1)?.changes).toMatchObject({ oldValueUntil: [null, until] });
  });

  test('never lets it outlive the expiration it had, even where the token gets a later one', async () => {
    const owner = await createActor();
    const soon = at(60_000);
    const id = await issue(owner, soon);
    const expiration = { kind: 'never' } as const;
    const { oldValueUntil, expiresAt } = await regenerateToken(owner, { id, generation: 1, graceSeconds: 24 * HOUR, expiration });
    expect([oldValueUntil, expiresAt]).toEqual([soon.at, null]);
    expect(await outcomeOf(extendGrace(owner, { id, generation: 2, until: soon.at, graceSeconds: HOUR }))).toBe('grace_not_longer');
  });

  test('again ends the predecessor that lived, with or without a grace of its own', async () => {
    const owner = await createActor();
    const { id, until } = await inGrace(owner);
    const { oldValueUntil } = await regenerateToken(owner, { id, generation: 2, graceSeconds: HOUR });
    expect((await living(id)).map(({ generation }) => generation)).toEqual([2]);
    expect((await eventsOf('token.regenerated')).at(-1)?.changes).toMatchObject({ oldValueUntil: [until, oldValueUntil] });
    await regenerateToken(owner, { id, generation: 3 });
    expect(await living(id)).toEqual([]);
    expect((await eventsOf('token.regenerated')).at(-1)?.changes).toMatchObject({ oldValueUntil: [oldValueUntil, null] });
  });

  test('an expired token with a grace is refused: its old value is dead already', async () => {
    const owner = await createActor();
    const id = await issue(owner, at(60_000));
    await db().token.update({ where: { id }, data: { expiresAt: new Date(Date.now() - 1000) } });
    const input = { id, generation: 1, graceSeconds: HOUR };
    expect(await outcomeOf(regenerateToken(owner, input))).toBe('expiration_required');
    expect(await outcomeOf(regenerateToken(owner, { ...input, expiration: { kind: 'days', days: 7 } }))).toBe('grace_expired');
    expect(await secretsOf(id)).toHaveLength(1);
    await regenerateToken(owner, { ...input, graceSeconds: 0, expiration: { kind: 'days', days: 7 } });
    expect(await living(id)).toEqual([]);
  });

  test('fifty times at once leaves one live secret and at most one living predecessor, the newest', { timeout: 120_000 }, async () => {
    const owner = await createActor();
    const id = await issue(owner);
    const attempt = async (): Promise<void> => {
      for (;;) {
        const { generation } = await db().token.findUniqueOrThrow({ where: { id } });
        const outcome = await outcomeOf(regenerateToken(owner, { id, generation, graceSeconds: HOUR }));
        if (outcome === 'ok') return;
        expect(outcome).toBe('changed_meanwhile');
      }
    };
    const seen: number[] = [];
    let done = false;
    const watching = (async () => {
      while (!done) seen.push((await living(id)).length);
    })();
    await Promise.all(Array.from({ length: 50 }, attempt));
    done = true;
    await watching;
    const secrets = await secretsOf(id);
    expect(secrets.filter(({ supersededAt }) => supersededAt === null)).toHaveLength(1);
    expect((await living(id)).map(({ generation }) => generation)).toEqual([50]);
    expect(secrets.map(({ generation }) => generation ?? 51).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 51 }, (_, n) => n + 1),
    );
    expect(Math.max(...seen)).toBeLessThanOrEqual(1);
  });
});

describe('finishing', () => {
  test('ends the old value at once, records when it would have ended, and does so once', async () => {
    const owner = await createActor();
    const { id, until } = await inGrace(owner);
    const input = { id, generation: 2 };
    await Promise.all([finishGrace(owner, input), finishGrace(owner, input), finishGrace(owner, input)]);
    expect(await living(id)).toEqual([]);
    const events = (await eventsOf('token.grace_ended')).filter(({ tokenId }) => tokenId === id);
    expect(events).toMatchObject([{ actorId: owner.userId, changes: { oldValueUntil: [until, events[0]?.at.toISOString()] } }]);
  });

  test('that waited for another change is judged by the clock of when it had its turn', async () => {
    const owner = await createActor();
    const { id } = await inGrace(owner);
    const finished = await transaction(async (tx) => {
      await tx.$executeRaw`SELECT 1 FROM token WHERE id = ${id}::uuid FOR UPDATE`;
      const finishing = finishGrace(owner, { id, generation: 2 });
      const waiting = () => tx.$queryRaw`SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      await expect.poll(waiting).toHaveLength(1);
      await tx.$executeRaw`UPDATE token_secret SET valid_until = clock_timestamp() WHERE token_id = ${id}::uuid AND valid_until IS NOT NULL`;
      return { finishing };
    });
    await finished.finishing;
    expect((await eventsOf('token.grace_ended')).filter(({ tokenId }) => tokenId === id)).toEqual([]);
  });

  test('does nothing where it has ended by itself, or the token has had no other value', async () => {
    const owner = await createActor();
    const { id } = await inGrace(owner);
    await end(id);
    expect(await outcomeOf(finishGrace(owner, { id, generation: 2 }))).toBe('ok');
    const other = await createToken(owner, { name: 'new', description: '', expiration: { kind: 'never' } });
    expect(await outcomeOf(finishGrace(owner, { id: other.id, generation: 1 }))).toBe('ok');
    expect((await eventsOf('token.grace_ended')).filter(({ tokenId }) => tokenId === id || tokenId === other.id)).toEqual([]);
  });

  test('leaves alone a value that was replaced since one looked', async () => {
    const owner = await createActor();
    const { id } = await inGrace(owner);
    await regenerateToken(owner, { id, generation: 2, graceSeconds: HOUR });
    expect(await outcomeOf(finishGrace(owner, { id, generation: 2 }))).toBe('changed_meanwhile');
    expect(await living(id)).toHaveLength(1);
  });

  test('is for the owner and administrators, who never see a value by it', async () => {
    const [owner, admin] = [await createActor(), await createActor('admin')];
    const { id } = await inGrace(owner);
    expect(await finishGrace(admin, { id, generation: 2 })).toBeUndefined();
    expect((await eventsOf('token.grace_ended')).at(-1)).toMatchObject({ actorId: admin.userId, subjectId: owner.userId });
  });
});

describe('what the policy allows', () => {
  const allow = async (longestGraceHours: number) => changeLongestGrace(await createActor('admin'), { longestGraceHours });
  afterEach(() => allow(24));

  test('is all that a regeneration can choose; a refused one changes nothing', async () => {
    const owner = await createActor();
    const id = await issue(owner);
    await allow(4);
    const regenerate = (graceSeconds: number) => regenerateToken(owner, { id, generation: 1, graceSeconds });
    await expect(regenerate(4 * HOUR + 1)).rejects.toEqual(new AppError('grace_too_long', { field: 'graceSeconds', values: { hours: 4 } }));
    await allow(0);
    expect(await outcomeOf(regenerate(1))).toBe('grace_not_allowed');
    expect(await secretsOf(id)).toHaveLength(1);
    await allow(4);
    expect((await regenerate(4 * HOUR)).oldValueUntil).not.toBeNull();
  });

  test('none leaves a regeneration without a grace as it was', async () => {
    const owner = await createActor();
    const id = await issue(owner);
    await allow(0);
    expect(await regenerateToken(owner, { id, generation: 1, graceSeconds: 0 })).toMatchObject({ oldValueUntil: null });
  });

  test('is counted from when the value was replaced, however often it is extended', async () => {
    const owner = await createActor();
    const { id, until } = await inGrace(owner);
    const end = new Date(Date.parse(until) + 16 * HOUR * 1000).toISOString();
    expect(await getOldValue(owner, id)).toMatchObject({ notAfter: end, isCapped: true });
    expect(await extendGrace(owner, { id, generation: 2, until, graceSeconds: 24 * HOUR })).toEqual({ until: end });
    expect(await outcomeOf(extendGrace(owner, { id, generation: 2, until: end, graceSeconds: 24 * HOUR }))).toBe('grace_not_longer');
  });

  test('once lowered, leaves what was granted, and extends it no more', async () => {
    const owner = await createActor();
    const { id, until } = await inGrace(owner);
    await allow(2);
    expect((await living(id))[0]?.validUntil?.toISOString()).toBe(until);
    expect(await outcomeOf(extendGrace(owner, { id, generation: 2, until, graceSeconds: 24 * HOUR }))).toBe('grace_not_longer');
  });

  test('holds for a regeneration that was under way as it was lowered', async () => {
    const owner = await createActor();
    const id = await issue(owner);
    await allow(24);
    const under = await transaction(async (tx) => {
      await tx.policy.update({ where: { id: 1 }, data: { longestGraceHours: 1 }, select: { id: true } });
      const regenerating = outcomeOf(regenerateToken(owner, { id, generation: 1, graceSeconds: 8 * HOUR }));
      const waiting = () => tx.$queryRaw`SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      await expect.poll(waiting).toHaveLength(1);
      return { regenerating };
    });
    expect(await under.regenerating).toBe('grace_too_long');
  });
});

describe('extending', () => {
  test('counts from now, and records before and after', async () => {
    const owner = await createActor();
    const { id, until } = await inGrace(owner);
    const extended = await extendGrace(owner, { id, generation: 2, until, graceSeconds: 12 * HOUR });
    const event = (await eventsOf('token.grace_extended')).at(-1);
    expect(Date.parse(extended.until)).toBe((event?.at.getTime() ?? 0) + 12 * HOUR * 1000);
    expect(event).toMatchObject({ tokenId: id, changes: { oldValueUntil: [until, extended.until] } });
    expect((await living(id))[0]?.validUntil?.toISOString()).toBe(extended.until);
  });

  test('submitted twice acts once', async () => {
    const owner = await createActor();
    const { id, until } = await inGrace(owner);
    const input = { id, generation: 2, until, graceSeconds: 24 * HOUR };
    const outcomes = await Promise.all([1, 2, 3].map(() => outcomeOf(extendGrace(owner, input))));
    expect(outcomes.toSorted()).toEqual(['changed_meanwhile', 'changed_meanwhile', 'ok']);
  });

  test('to less than it has is refused', async () => {
    const owner = await createActor();
    const { id, until } = await inGrace(owner);
    expect(await outcomeOf(extendGrace(owner, { id, generation: 2, until, graceSeconds: HOUR }))).toBe('grace_not_longer');
  });

  test('brings nothing back that has ended, was finished, or expired with its token', async () => {
    const owner = await createActor();
    const { id, until } = await inGrace(owner, at(60_000));
    const extend = () => outcomeOf(extendGrace(owner, { id, generation: 2, until, graceSeconds: 24 * HOUR }));
    await db().token.update({ where: { id }, data: { expiresAt: new Date(Date.now() - 1000) } });
    expect(await extend()).toBe('grace_over');
    await changeExpiration(owner, { id, expiration: { kind: 'never' } });
    await finishGrace(owner, { id, generation: 2 });
    expect(await extend()).toBe('grace_over');
    await deleteToken(owner, { id, confirmName: 'ci' });
    expect(await extend()).toBe('not_found');
  });

  test('reaches no further than an expiration that came nearer meanwhile', async () => {
    const owner = await createActor();
    const { id, until } = await inGrace(owner);
    const nearer = at(9 * HOUR * 1000);
    await changeExpiration(owner, { id, expiration: nearer });
    expect(await extendGrace(owner, { id, generation: 2, until, graceSeconds: 24 * HOUR })).toEqual({ until: nearer.at });
  });

  test('goes on while the token is suspended', async () => {
    const owner = await createActor();
    const { id, until } = await inGrace(owner);
    await suspendToken(owner, { id, reason: 'looking into it' });
    expect(await outcomeOf(extendGrace(owner, { id, generation: 2, until, graceSeconds: 24 * HOUR }))).toBe('ok');
  });
});

test.each([-1, 0.5, 86_401, Number.NaN, Number.POSITIVE_INFINITY, '3600', null, 1e300])(
  'a grace of %s seconds is refused',
  (graceSeconds) => {
    const id = '0195f3a0-0000-7000-8000-000000000001';
    expect(regenerateTokenInput.safeParse({ id, generation: 1, graceSeconds }).success).toBe(false);
    expect(extendGraceInput.safeParse({ id, generation: 1, until: new Date().toISOString(), graceSeconds }).success).toBe(false);
  },
);

test('an extension by nothing is refused; a regeneration with nothing is one without a grace', () => {
  const id = '0195f3a0-0000-7000-8000-000000000001';
  expect(regenerateTokenInput.safeParse({ id, generation: 1, graceSeconds: 0 }).success).toBe(true);
  expect(extendGraceInput.safeParse({ id, generation: 1, until: new Date().toISOString(), graceSeconds: 0 }).success).toBe(false);
});

test('the earliest of several moments is not after any of them, and one of them', () => {
  const date = fc.date({ noInvalidDate: true });
  fc.assert(
    fc.property(date, fc.array(fc.option(date)), (first, others) => {
      const found = earliest(first, ...others);
      const all = [first, ...others.filter((one) => one !== null)];
      expect(all).toContainEqual(found);
      for (const one of all) expect(found.getTime()).toBeLessThanOrEqual(one.getTime());
    }),
  );
});
