import { expect, test } from 'vitest';
import { createActor, testDatabase } from '@/lib/testing/database';
import { outcomeOf } from '@/lib/testing/people';
import { rollUpAll, writeAccesses } from '@/lib/testing/usage';
import { createToken } from '@/lib/tokens/commands';
import { limitUseOf } from '@/lib/usage/limit';

const database = testDatabase();
const HOUR = 3_600_000;

test('what is laid beside a limit is what passed in the busiest hour and in a day, and what was refused for its rate', async () => {
  const owner = await createActor();
  const { id } = await createToken(owner, { name: 'limited', description: '', expiration: { kind: 'never' } });
  expect(await limitUseOf(owner, id)).toEqual({ busiestHour: 0, day: 0, refused: 0 });
  const at = (hours: number) => ({ tokenId: id, at: new Date(Date.now() - hours * HOUR) });
  await writeAccesses(
    { ...at(0), count: 3 },
    { ...at(5), count: 7 },
    { ...at(5), reason: 'rate_limited', count: 20 },
    { ...at(6), reason: 'rate_limited' },
    { ...at(6), reason: 'address', count: 50 },
    { ...at(25), count: 99 },
    { ...at(25), reason: 'rate_limited', count: 99 },
  );
  await rollUpAll(database.url);
  expect(await limitUseOf(owner, id)).toEqual({ busiestHour: 7, day: 10, refused: 21 });
});

test('is told to those who may see the token', async () => {
  const [owner, other, auditor] = [await createActor(), await createActor(), await createActor('auditor')];
  const { id } = await createToken(owner, { name: 'private', description: '', expiration: { kind: 'never' } });
  const outcomes = [limitUseOf(other, id), limitUseOf(auditor, id), limitUseOf(owner, '0195f3a0-0000-7000-8000-000000000001')];
  expect(await Promise.all(outcomes.map(outcomeOf))).toEqual(['not_found', 'ok', 'not_found']);
});
