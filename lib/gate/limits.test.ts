import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LocalLimits, weigh } from '@/lib/gate/limits';

const limit = fc.record({ requests: fc.integer({ min: 1, max: 100_000 }), windowSeconds: fc.integer({ min: 1, max: 86_400 }) });

describe('a limit', () => {
  test('lets exactly its requests pass at once, and tells how many are left', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 86_400 }), (requests, windowSeconds) => {
        let arrival = 0;
        for (let n = 1; n <= requests; n++) {
          const answer = weigh(arrival, 1e9, { requests, windowSeconds });
          expect([answer.isAllowed, answer.remaining]).toEqual([true, requests - n]);
          arrival = answer.arrival;
        }
        expect(weigh(arrival, 1e9, { requests, windowSeconds })).toMatchObject({ isAllowed: false, remaining: 0, arrival });
      }),
    );
  });

  test('never lets more than twice its requests pass in one window, whenever they come', () => {
    fc.assert(
      fc.property(limit, fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 300 }), (given, gaps) => {
        const small = { ...given, requests: Math.min(given.requests, 20) };
        const passed: number[] = [];
        let arrival = 0;
        let now = 1e9;
        for (const gap of gaps) {
          now += gap;
          const answer = weigh(arrival, now, small);
          arrival = answer.arrival;
          if (answer.isAllowed) passed.push(now);
        }
        const window = small.windowSeconds * 1000;
        for (const start of passed) {
          expect(passed.filter((at) => at >= start && at < start + window).length).toBeLessThanOrEqual(2 * small.requests);
        }
      }),
    );
  });

  test('says after how many seconds one may pass, and then one may', () => {
    fc.assert(
      fc.property(limit, (given) => {
        let arrival = 0;
        const full = { ...given, requests: Math.min(given.requests, 50) };
        for (let n = 0; n < full.requests; n++) arrival = weigh(arrival, 1e9, full).arrival;
        const refused = weigh(arrival, 1e9, full);
        expect(refused.waitSeconds).toBeGreaterThanOrEqual(1);
        expect(weigh(arrival, 1e9 + refused.waitSeconds * 1000, full).isAllowed).toBe(true);
      }),
    );
  });

  test('says after how many seconds one more may pass than now', () => {
    fc.assert(
      fc.property(limit, fc.integer({ min: 1, max: 50 }), (given, taken) => {
        const steps = { ...given, requests: Math.max(given.requests, 50) };
        let last = weigh(0, 1e9, steps);
        for (let n = 1; n < taken; n++) last = weigh(last.arrival, 1e9, steps);
        const later = weigh(last.arrival, 1e9 + last.waitSeconds * 1000, steps);
        expect(later.remaining).toBeGreaterThanOrEqual(last.remaining);
        expect(last.waitSeconds * 1000).toBeLessThan((steps.windowSeconds * 1000) / steps.requests + 1001);
      }),
    );
  });

  test('of another size begins full, whatever was taken from the one before', () => {
    const limits = new LocalLimits();
    limits.take('a', { requests: 1, windowSeconds: 86_400 });
    expect(limits.take('a', { requests: 1, windowSeconds: 86_400 }).isAllowed).toBe(false);
    expect(limits.take('a', { requests: 2, windowSeconds: 86_400 })).toMatchObject({ isAllowed: true, remaining: 1 });
  });

  test('is counted for each token, in bounded memory', () => {
    const limits = new LocalLimits();
    const once = { requests: 1, windowSeconds: 3600 };
    expect(limits.take('a', once).isAllowed).toBe(true);
    expect(limits.take('a', once).isAllowed).toBe(false);
    expect(limits.take('b', once).isAllowed).toBe(true);
    for (let n = 0; n < 250_000; n++) limits.take(`token ${n}`, once);
    expect(limits.size).toBeLessThanOrEqual(200_000);
    expect(limits.take('token 249999', once).isAllowed).toBe(false);
  });
});
