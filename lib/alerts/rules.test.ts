import { describe, expect, test } from 'vitest';
import {
  burstIn,
  DAY,
  HOUR,
  isFarOff,
  isLearning,
  isQuiet,
  isWorthComparing,
  type Memory,
  MINUTE,
  remember,
  rulesOf,
  SLOT,
  sleptFor,
  type Tally,
} from '@/lib/alerts/rules';
import { changeRuleInput } from '@/lib/alerts/schema';
import { ruleNames, thresholds } from '@/lib/alerts/values';
import { newId } from '@/lib/id';

const NOON = Date.UTC(2026, 5, 1, 12);
const id = (at: number) => newId(at);
const uses = (at: number, requests = 1) => ({ firstAt: at, lastAt: at, firstId: id(at), requests });

describe('what is remembered of a token', () => {
  test('counts the requests of the newest hour, from its first event on', () => {
    const first = remember(undefined, uses(NOON, 3));
    const second = remember(first, uses(NOON + HOUR - 1, 4));
    expect(second).toMatchObject({ firstUsedAt: NOON, lastUsedAt: NOON + HOUR - 1, hour: NOON, requests: 7, firstId: first.firstId });
    const next = remember({ ...second, peak: 9 }, uses(NOON + HOUR, 2));
    expect(next).toMatchObject({ firstUsedAt: NOON, hour: NOON + HOUR, requests: 2, peak: null });
  });

  test('does not go back with a clock: what comes from an hour before counts for no hour, and the last use stays the last', () => {
    const before = { ...remember(undefined, uses(NOON + HOUR, 5)), peak: 3 };
    const late = uses(NOON + 30 * MINUTE, 100);
    expect(remember(before, late)).toEqual({ ...before, firstUsedAt: late.firstAt });
  });
});

describe('a dormant token', () => {
  test.each([
    [30 * DAY - 1, null],
    [30 * DAY, 30],
    [45.9 * DAY, 45],
    [0, null],
    [-DAY, null],
  ])('after %i ms without use has slept for %s days', (gap, days) => {
    expect(sleptFor(NOON, NOON + gap, { days: 30 })).toBe(days);
  });
});

describe('a rate', () => {
  const limits = { factor: 5, requests: 500, days: 14, quietHours: 24 };
  const memory: Memory = { firstUsedAt: NOON - 14 * DAY, lastUsedAt: NOON, hour: NOON, firstId: id(NOON), requests: 500, peak: null };

  test('is compared once it is busy enough and the past is as long as the rule looks back', () => {
    expect(isWorthComparing(memory, limits)).toBe(true);
    expect(isWorthComparing({ ...memory, requests: 499 }, limits)).toBe(false);
    expect(isWorthComparing({ ...memory, firstUsedAt: memory.firstUsedAt + 1 }, limits)).toBe(false);
  });

  test.each([
    [500, 100, true],
    [500, 101, false],
    [499, 1, false],
    [500, 0, true],
    [100_000, 20_001, false],
  ])('of %i against a busiest hour of %i is far off: %s', (requests, peak, expected) => {
    expect(isFarOff(requests, peak, limits)).toBe(expected);
  });
});

describe('a burst', () => {
  const tally = (at: number, requests: number): Tally => ({ slot: at, requests, firstId: id(at), lastId: id(at + SLOT - 1) });
  const limits = { requests: 100, minutes: 5 };

  test('is as many as the rule says, and not one less', () => {
    expect(burstIn([tally(NOON, 60), tally(NOON + 4 * MINUTE, 39)], limits)).toBeNull();
    const slots = [tally(NOON, 60), tally(NOON + 4 * MINUTE, 40)];
    expect(burstIn(slots, limits)).toEqual({ requests: 100, firstId: slots[0]?.firstId, lastId: slots[1]?.lastId });
  });

  test('lies within its window, wherever that begins: what came before does not count', () => {
    expect(burstIn([tally(NOON, 60), tally(NOON + 5 * MINUTE + SLOT, 60)], limits)).toBeNull();
    const straddling = [tally(NOON + 50_000, 60), tally(NOON + 5 * MINUTE + 50_000, 60)];
    expect(burstIn(straddling, limits)).toMatchObject({ requests: 120 });
    const late = [tally(NOON, 60), tally(NOON + 9 * MINUTE, 50), tally(NOON + 10 * MINUTE, 50)];
    expect(burstIn(late, limits)).toEqual({ requests: 100, firstId: late[1]?.firstId, lastId: late[2]?.lastId });
  });

  test('takes in all that follows it', () => {
    const slots = [tally(NOON, 100), tally(NOON + MINUTE, 7), tally(NOON + 30 * MINUTE, 3)];
    expect(burstIn(slots, limits)).toMatchObject({ requests: 110, lastId: slots[2]?.lastId });
  });

  test('is none without refusals', () => {
    expect(burstIn([], limits)).toBeNull();
  });
});

test('a token is learnt about until the hours are over', () => {
  const limits = { learningHours: 2, prefix4: 24, prefix6: 48, rememberDays: 1 };
  expect(isLearning(NOON, NOON + 2 * HOUR - 1, limits)).toBe(true);
  expect(isLearning(NOON, NOON + 2 * HOUR, limits)).toBe(false);
  expect(isLearning(NOON, NOON, { ...limits, learningHours: 0 })).toBe(false);
});

test('after an acknowledgement it is quiet for as long as the rule says', () => {
  expect(isQuiet(NOON, NOON + 24 * HOUR - 1, { quietHours: 24 })).toBe(true);
  expect(isQuiet(NOON, NOON + 24 * HOUR, { quietHours: 24 })).toBe(false);
  expect(isQuiet(NOON, NOON, {})).toBe(false);
  expect(isQuiet(undefined, NOON, { quietHours: 24 })).toBe(false);
});

describe('the rules', () => {
  test('are all on with their defaults, and suspend nothing, until somebody changes one', () => {
    const rules = rulesOf([{ rule: 'dormant', enabled: false, suspends: true, thresholds: { days: 7 } }]);
    expect(rules.dormant).toEqual({ enabled: false, suspends: true, thresholds: { days: 7 } });
    expect(rules.rate).toEqual({ enabled: true, suspends: false, thresholds: { factor: 5, requests: 500, days: 14, quietHours: 24 } });
    expect(Object.keys(rules)).toEqual([...ruleNames]);
  });

  test.each(ruleNames)('%s has defaults within its bounds, which are taken as they are', (rule) => {
    const standard = Object.fromEntries(Object.entries(thresholds[rule]).map(([name, limits]) => [name, limits.standard]));
    const input = { rule, enabled: true, suspends: false, thresholds: standard };
    expect(changeRuleInput.parse(input)).toEqual(input);
    for (const [name, { least, most }] of Object.entries(thresholds[rule])) {
      for (const wrong of [least - 1, most + 1, least + 0.5, Number.NaN, String(least), '', null, undefined, [least], {}]) {
        const refused = changeRuleInput.safeParse({ ...input, thresholds: { ...standard, [name]: wrong } });
        expect(refused.error?.issues[0], `${name} ${wrong}`).toMatchObject({
          path: [name],
          message: 'threshold_invalid',
          params: { least, most },
        });
      }
      for (const edge of [least, most])
        expect(changeRuleInput.safeParse({ ...input, thresholds: { ...standard, [name]: edge } }).success, `${name} ${edge}`).toBe(true);
    }
  });

  test.each([
    { rule: 'nothing' },
    { rule: 'toString' },
    { enabled: 'yes' },
    { thresholds: { days: 30, other: 1 } },
    { thresholds: {} },
    { thresholds: null },
    { rule: 'address_burst', suspends: true, thresholds: { requests: 100, minutes: 5, quietHours: 24 } },
    { more: 1 },
  ])('refuse %j', (change) => {
    const input = { rule: 'dormant', enabled: true, suspends: false, thresholds: { days: 30 } };
    expect(changeRuleInput.safeParse(input).success).toBe(true);
    expect(changeRuleInput.safeParse({ ...input, ...change }).success).toBe(false);
  });
});
