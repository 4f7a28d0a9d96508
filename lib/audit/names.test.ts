import { expect, test } from 'vitest';
import { namesOf } from '@/lib/audit/names';
import { newId } from '@/lib/id';
import { createActor, testDatabase } from '@/lib/testing/database';
import { createToken } from '@/lib/tokens/commands';

testDatabase();

test('an id in a filter has a name for those who may see it in the log, and for nobody else', async () => {
  const [ada, bob, auditor] = [
    await createActor('member', { name: 'Ada' }),
    await createActor('member', { name: 'Bob' }),
    await createActor('auditor'),
  ];
  const { id } = await createToken(ada, { name: 'CI', description: '', expiration: { kind: 'never' } });
  const filters = { who: ada.userId, token: id };
  expect(await namesOf(ada, filters)).toEqual({ actor: 'Ada', token: 'CI' });
  expect(await namesOf(auditor, filters)).toEqual({ actor: 'Ada', token: 'CI' });
  expect(await namesOf(bob, filters)).toEqual({ actor: undefined, token: undefined });
  const nobody = { who: newId(new Date()), token: newId(new Date()) };
  expect(await namesOf(auditor, nobody)).toEqual({ actor: undefined, token: undefined });
  expect(await namesOf(auditor, { who: 'Ada', token: '\0' })).toEqual({ actor: undefined, token: undefined });
});
