import { expect, test } from 'vitest';
import { LocalLimits } from '@/lib/gate/limits';
import type { Quotas } from '@/lib/gate/quotas';
import { spendOnce } from '@/lib/gate/spending';

const quota = { requests: 2, period: 'day' } as const;
const limit = { requests: 10, windowSeconds: 3600 };

/** Two requests a day, of which every question takes one. */
function twice(): Pick<Quotas, 'take'> {
  let left = 2;
  return { take: async () => ({ isAllowed: left-- > 0, remaining: Math.max(0, left), waitSeconds: 9 }) };
}

test('a request takes once, however often it is judged, unless its limits are others by then', async () => {
  const limits = new LocalLimits();
  const quotas = twice() as Quotas;
  const spend = spendOnce(limits, quotas);
  const token = { tokenId: 'a', limit, quota: null };
  expect(spend({ ...token, limit: null }, 0)).toBeNull();
  expect([spend(token, 0), spend({ ...token, limit: { ...limit } }, 0)]).toMatchObject([
    { limit: { remaining: 9 } },
    { limit: { remaining: 9 } },
  ]);
  expect(spend({ ...token, limit: { ...limit, requests: 5 } }, 0)).toMatchObject({ limit: { remaining: 4 } });
  expect(spendOnce(limits, quotas)(token, 0)).toMatchObject({ limit: { remaining: 8 } });
  const both = { ...token, quota };
  expect(await Promise.all([spend(both, 0), spend(both, 0)])).toMatchObject([{ quota: { remaining: 1 } }, { quota: { remaining: 1 } }]);
});

test('what comes too fast does not use the quota up; what has used it up is refused by it', async () => {
  const limits = new LocalLimits();
  const quotas = twice() as Quotas;
  const fast = { tokenId: 'b', limit: { requests: 1, windowSeconds: 3600 }, quota };
  expect(await spendOnce(limits, quotas)(fast, 0)).toMatchObject({ isAllowed: true });
  expect(await spendOnce(limits, quotas)(fast, 0)).toMatchObject({ isAllowed: false, quota: null });
  const slow = { tokenId: 'b', limit: null, quota };
  expect(await spendOnce(limits, quotas)(slow, 0)).toMatchObject({ isAllowed: true, quota: { remaining: 0 } });
  expect(await spendOnce(limits, quotas)(slow, 0)).toMatchObject({ isAllowed: false, quota: { waitSeconds: 9 } });
});
