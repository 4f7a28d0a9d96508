import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { explainRefusal, type LaterChange, stateBefore } from '@/lib/audit/refusal';
import type { AuditRow, GateCheckName, RefusalReason, TokenState } from '@/lib/audit/schema';
import { refusalReasons } from '@/lib/audit/values';
import { decide, type Grant } from '@/lib/gate/decide';
import { type Network, readNetwork } from '@/lib/networks';
import '@/lib/testing/properties';

const NOW = Date.UTC(2030, 0, 1);
const iso = (at: number) => new Date(at).toISOString();
const moment = fc.constantFrom(NOW - 1000, NOW - 1, NOW, NOW + 1, NOW + 1000);
const scopes = fc.subarray(['a', 'b', 'c']);
const networks = fc.subarray(['192.0.2.0/24', '198.51.100.7/32', '2001:db8::/32', '0.0.0.0/0']);
const ip = fc.constantFrom(null, '192.0.2.7', '198.51.100.7', '203.0.113.9', '2001:db8::1', '2001:db9::1', '::ffff:192.0.2.7');
const limit = fc.constantFrom(null, 1, 100);

const state: fc.Arbitrary<TokenState> = fc.record({
  expiresAt: fc.option(moment.map(iso)),
  scopes,
  ipAllowList: networks,
  limitRequests: limit,
  limitWindowSeconds: limit,
  defaultLimitRequests: limit,
  defaultLimitWindowSeconds: limit,
  quotaRequests: limit,
  quotaPeriod: fc.constantFrom(null, 'day', 'month'),
  boundThumbprint: fc.constantFrom(null, 'thumb', 'print'),
  isSuspended: fc.boolean(),
  suspendedReason: fc.constantFrom(null, 'because'),
  isDeleted: fc.boolean(),
  isOwnerDisabled: fc.boolean(),
  generation: fc.integer({ min: 1, max: 9 }),
});

/** As the gate would know a token of that state. */
function grantOf(state: TokenState, replaced: Grant['replaced']): Grant {
  return {
    ...{ tokenId: 't', tokenName: 'CI', ownerId: 'o', ownerEmail: 'o@example.org', limit: null, quota: null, binding: null, replaced },
    scopes: state.scopes,
    networks: state.ipAllowList.length === 0 ? null : state.ipAllowList.map((text) => readNetwork(text) as Network),
    expiresAt: state.expiresAt === null ? null : Date.parse(state.expiresAt),
    isDeleted: state.isDeleted,
    isSuspended: state.isSuspended,
    isOwnerDisabled: state.isOwnerDisabled,
  };
}

const replaced = fc.option(moment.map((until) => ({ generation: 1, until })));
const cases = fc.record({ was: state, replaced, ip, wanted: scopes, isHolder: fc.boolean() });

const TOKEN: AuditRow['token'] = { id: 't', name: 'CI', hint: 'lk_…', ownerId: 'o', deleted: false };

const rowOf = (reason: string, from: string | null, wanted: string[] = []) => ({
  at: iso(NOW),
  reason,
  ip: from,
  token: TOKEN,
  scopes: wanted,
});

const explain = (reason: RefusalReason, was: TokenState, from: string | null, today = was, wanted: string[] = []) =>
  explainRefusal({ row: rowOf(reason, from, wanted), replacedAt: null, was, today, now: new Date(NOW) });

/** The check behind a reason, of a token that is known. */
const checkOf = (reason: RefusalReason): GateCheckName => (reason === 'malformed' ? 'proof' : reason);

/** What the advice says to do. */
function follow(state: TokenState, reason: RefusalReason, wanted: readonly string[], network: string | undefined): TokenState {
  if (reason === 'suspended') return { ...state, isSuspended: false };
  if (reason === 'expired') return { ...state, expiresAt: iso(NOW + 1) };
  if (reason === 'owner_disabled') return { ...state, isOwnerDisabled: false };
  if (reason === 'address' && network) return { ...state, ipAllowList: [...state.ipAllowList, network] };
  if (reason === 'scope') return { ...state, scopes: [...state.scopes, ...wanted] };
  return state;
}

describe('an explanation of what the gate refused', () => {
  test('says what the gate did: every check before the one that refused passed, none behind it was reached', () => {
    fc.assert(
      fc.property(cases, ({ was, replaced, ...wish }) => {
        const decision = decide(grantOf(was, replaced), wish, NOW);
        fc.pre(!decision.allowed);
        if (decision.allowed) return;
        const { checks, agrees } = explain(decision.reason, was, wish.ip, was, wish.wanted);
        expect(agrees).toBe(true);
        const failed = checks.findIndex(({ result }) => result === 'failed');
        expect(checks[failed]?.check).toBe(checkOf(decision.reason));
        expect(checks.slice(0, failed).every(({ result }) => result === 'passed')).toBe(true);
        expect(checks.slice(failed + 1).every(({ result }) => result === 'not_reached')).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('gives advice after which a request like it passes, or is refused by a later check', () => {
    fc.assert(
      fc.property(cases, fc.boolean(), ({ was, replaced, ...wish }, wide) => {
        const decision = decide(grantOf(was, replaced), wish, NOW);
        fc.pre(!decision.allowed && !['deleted', 'superseded', 'malformed'].includes(decision.reason));
        if (decision.allowed) return;
        const { checks, advice } = explain(decision.reason, was, wish.ip, was, wish.wanted);
        expect(advice?.kind).toBe(decision.reason);
        fc.pre(decision.reason !== 'address' || wish.ip !== null);
        // An IPv4 address in IPv6 clothes: the log never has one.
        fc.pre(!wish.ip?.startsWith('::ffff:'));
        const better = follow(was, decision.reason, advice?.missing ?? [], wide ? advice?.network : advice?.address);
        const next = decide(grantOf(better, replaced), wish, NOW);
        const place = (reason: RefusalReason) => checks.findIndex(({ check }) => check === reason);
        // Of a request that also lacks its proof, nothing further is known.
        fc.pre(next.allowed || next.reason !== 'malformed');
        expect(next.allowed || place(next.reason) > place(decision.reason)).toBe(true);
        // And then nobody is told to do it again.
        expect(explain(decision.reason, was, wish.ip, better).advice?.kind).toBe(decision.reason === 'scope' ? 'scope' : 'over');
      }),
      { numRuns: 500 },
    );
  });

  test('lists the checks in the order in which the gate makes them', () => {
    const wrong: TokenState = {
      ...{ expiresAt: iso(NOW), scopes: [], ipAllowList: ['192.0.2.0/24'], suspendedReason: null, generation: 2 },
      ...{ limitRequests: null, limitWindowSeconds: null, defaultLimitRequests: null, defaultLimitWindowSeconds: null },
      ...{ quotaRequests: null, quotaPeriod: null, boundThumbprint: null },
      ...{ isSuspended: true, isDeleted: true, isOwnerDisabled: true },
    };
    const order: RefusalReason[] = [];
    let [now, replacedBy]: [TokenState, Grant['replaced']] = [wrong, { generation: 1, until: NOW }];
    for (let step = 0; step < 9; step++) {
      const wish = { wanted: ['a'], ip: '203.0.113.9', isHolder: true };
      const decision = decide(grantOf(now, replacedBy), wish, NOW);
      if (decision.allowed) break;
      order.push(decision.reason);
      if (decision.reason === 'deleted') now = { ...now, isDeleted: false };
      else if (decision.reason === 'superseded') replacedBy = null;
      else now = follow(now, decision.reason, wish.wanted, '203.0.113.9/32');
    }
    const listed = explain('rate_limited', { ...now, ipAllowList: [] }, null).checks.map(({ check }) => check);
    expect(listed).toEqual(['malformed', 'unknown', ...order, 'rate_limited']);
  });

  test('names every reason that there is', () => {
    for (const reason of refusalReasons)
      expect(
        explainRefusal({ row: { ...rowOf(reason, null), token: null }, replacedAt: null, was: null, today: null, now: new Date(NOW) }),
      ).toMatchObject({
        checks: expect.arrayContaining([{ check: reason, result: 'failed' }]),
        advice: { kind: reason },
      });
    expect(explainRefusal({ row: rowOf('later', null), replacedAt: null, was: null, today: null, now: new Date(NOW) })).toMatchObject({
      checks: [],
      advice: null,
    });
  });

  test('says so when the log and the gate tell different stories', () => {
    fc.assert(
      fc.property(state, (was) => {
        const lives = { ...was, isDeleted: false, isSuspended: false };
        expect(explain('suspended', lives, null).agrees).toBe(false);
        expect(explain('expired', { ...lives, isSuspended: true, expiresAt: iso(NOW) }, null).agrees).toBe(false);
      }),
    );
  });

  test('of a token that was deleted since advises another one', () => {
    fc.assert(
      fc.property(state, fc.constantFrom(...refusalReasons), (was, reason) => {
        const { advice } = explain(reason, was, null, { ...was, isDeleted: true });
        expect(advice?.kind).toBe(reason === 'deleted' ? 'deleted' : 'gone');
      }),
    );
  });
});

type Step = { event: string; next: (state: TokenState) => TokenState };

const steps: fc.Arbitrary<Step> = fc.oneof(
  moment.map((at): Step => ({ event: 'token.expiry_changed', next: (state) => ({ ...state, expiresAt: iso(at) }) })),
  scopes.map((scopes): Step => ({ event: 'token.scopes_changed', next: (state) => ({ ...state, scopes }) })),
  networks.map((ipAllowList): Step => ({ event: 'token.addresses_changed', next: (state) => ({ ...state, ipAllowList }) })),
  limit.map(
    (count): Step => ({ event: 'token.limit_changed', next: (state) => ({ ...state, limitRequests: count, limitWindowSeconds: count }) }),
  ),
  limit.map((count): Step => ({ event: 'token.limit_changed', next: (state) => ({ ...state, quotaRequests: count, quotaPeriod: 'day' }) })),
  fc.constantFrom('a', null).map((key): Step => ({ event: 'token.bound', next: (state) => ({ ...state, boundThumbprint: key }) })),
  limit.map((count): Step => ({ event: 'policy.changed', next: (state) => ({ ...state, defaultLimitRequests: count }) })),
  fc.constantFrom<Step>(
    { event: 'token.suspended', next: (state) => ({ ...state, isSuspended: true, suspendedReason: 'because' }) },
    { event: 'token.resumed', next: (state) => ({ ...state, isSuspended: false, suspendedReason: null }) },
    { event: 'token.regenerated', next: (state) => ({ ...state, generation: state.generation + 1, expiresAt: iso(NOW + 1000) }) },
    { event: 'token.deleted', next: (state) => ({ ...state, isDeleted: true }) },
    { event: 'user.disabled', next: (state) => ({ ...state, isOwnerDisabled: true }) },
    { event: 'user.enabled', next: (state) => ({ ...state, isOwnerDisabled: false }) },
    { event: 'token.renamed', next: (state) => state },
  ),
);

/** Whether a command would do this: none changes to what is so already. */
function isPossible({ event }: Step, before: TokenState): boolean {
  if (event.startsWith('token.') && before.isDeleted) return false;
  if (event === 'token.suspended' || event === 'token.resumed') return before.isSuspended === (event === 'token.resumed');
  if (event === 'user.disabled' || event === 'user.enabled') return before.isOwnerDisabled === (event === 'user.enabled');
  return true;
}

const NAMED = ['isSuspended', 'isDeleted', 'isOwnerDisabled', 'generation'];

test('what a token was is found from what it is and what was changed since', () => {
  fc.assert(
    fc.property(state, fc.array(steps, { maxLength: 12 }), (was, wanted) => {
      let today: TokenState = { ...was, suspendedReason: was.isSuspended ? 'before' : null };
      const start = today;
      const later: LaterChange[] = [];
      for (const step of wanted) {
        if (!isPossible(step, today)) continue;
        const next = step.next(today);
        const changed = Object.entries(next).filter(
          ([field, value]) => !NAMED.includes(field) && JSON.stringify(value) !== JSON.stringify(today[field as 'scopes']),
        );
        later.push({
          event: step.event,
          changes: Object.fromEntries(changed.map(([field, value]) => [field, [today[field as 'scopes'], value]])),
        });
        today = next;
      }
      expect(stateBefore(later, today)).toEqual(start);
    }),
    { numRuns: 500 },
  );
});
