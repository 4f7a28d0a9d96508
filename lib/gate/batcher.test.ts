import { describe, expect, test } from 'vitest';
import { Batcher, OverloadError } from '@/lib/gate/batcher';

const options = { inFlight: 1, largest: 3, waiting: 4, patience: 200 };

/** A batcher whose batches end when the test says so. */
function controlled(changes: Partial<typeof options> = {}) {
  const batches: { items: number[]; finish: () => void; fail: (error: Error) => void }[] = [];
  const batcher = new Batcher<number, string>({
    ...options,
    ...changes,
    run: (items) =>
      new Promise((resolve, reject) => {
        batches.push({ items, finish: () => resolve(items.map(String)), fail: reject });
      }),
  });
  return { batcher, batches, until: (count: number) => expect.poll(() => batches.length).toBe(count) };
}

describe('Batcher', () => {
  test('sends what arrives together as one batch and gives each its own result', async () => {
    const { batcher, batches, until } = controlled();
    const results = [batcher.add(1), batcher.add(2), batcher.add(3), batcher.add(4)];
    await until(1);
    expect(batches[0]?.items).toEqual([1, 2, 3]);
    batches[0]?.finish();
    await until(2);
    batches[1]?.finish();
    expect(await Promise.all(results)).toEqual(['1', '2', '3', '4']);
  });

  test('refuses at once what is more than may wait', async () => {
    const { batcher, batches, until } = controlled();
    const waiting = [1, 2, 3, 4].map((item) => batcher.add(item));
    await expect(batcher.add(5)).rejects.toThrow(OverloadError);
    await until(1);
    batches[0]?.finish();
    await until(2);
    batches[1]?.finish();
    await Promise.all(waiting);
  });

  test('refuses in time when the work hangs, those in flight and those behind them', async () => {
    const { batcher, until } = controlled();
    const start = Date.now();
    const outcomes = Promise.allSettled([1, 2, 3, 4].map((item) => batcher.add(item)));
    await until(1);
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(OverloadError) });
    expect(Date.now() - start).toBeLessThan(options.patience + 400);
  });

  test('passes a failure on to everybody in the batch, and goes on with the next', async () => {
    const { batcher, batches, until } = controlled({ patience: 5000 });
    const first = batcher.add(1);
    await until(1);
    const second = batcher.add(2);
    batches[0]?.fail(new Error('gone'));
    await expect(first).rejects.toThrow('gone');
    await until(2);
    batches[1]?.finish();
    expect(await second).toBe('2');
  });

  test('is drained when nothing waits and nothing is in flight', async () => {
    const { batcher, batches, until } = controlled({ patience: 5000 });
    await batcher.drained();
    let isDrained = false;
    const result = batcher.add(1);
    const drained = batcher.drained().then(() => {
      isDrained = true;
    });
    await until(1);
    expect(isDrained).toBe(false);
    batches[0]?.finish();
    await Promise.all([result, drained]);
  });
});
