import { expect, test } from 'vitest';
import { namesOf, suggestNames } from '@/lib/audit/names';
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
  const filters = { q: id, actor: ada.userId, target: ada.userId, token: id };
  expect(await namesOf(ada, filters)).toEqual({ q: 'CI', actor: 'Ada', target: 'Ada', token: 'CI' });
  expect(await namesOf(auditor, filters)).toEqual({ q: 'CI', actor: 'Ada', target: 'Ada', token: 'CI' });
  expect(await namesOf(bob, filters)).toEqual({});
  expect(await namesOf(auditor, { q: ada.userId })).toEqual({ q: 'Ada' });
  const nobody = { q: newId(new Date()), actor: newId(new Date()), token: newId(new Date()) };
  expect(await namesOf(auditor, nobody)).toEqual({});
  expect(await namesOf(auditor, { actor: 'Ada', q: 'Ada', token: '\0' })).toEqual({});
});

test('what is suggested is what the viewer may see: members their own tokens, and people whom their log names', async () => {
  const [member, other, auditor] = [
    await createActor('member', { name: '100%_sure\\' }),
    await createActor('member', { name: 'Somebody else' }),
    await createActor('auditor'),
  ];
  const issue = (owner: typeof member, name: string) => createToken(owner, { name, description: '', expiration: { kind: 'never' } });
  await issue(member, 'a suggested one');
  await issue(member, 'Suggested first');
  await issue(other, 'Suggested to others');
  const names = async (actor: typeof member, kind: 'actor' | 'token', text: string) =>
    (await suggestNames(actor, kind, text)).map(({ name }) => name);
  expect(await names(member, 'token', ' SUGGESTED ')).toEqual(['Suggested first', 'a suggested one']);
  expect(await names(auditor, 'token', 'suggested')).toEqual(['Suggested first', 'Suggested to others', 'a suggested one']);
  expect(await names(member, 'actor', '')).toEqual(['100%_sure\\']);
  expect(await names(member, 'actor', other.email)).toEqual([]);
  expect(await names(auditor, 'actor', other.email)).toEqual(['Somebody else']);
  expect(await names(auditor, 'actor', '%_s')).toEqual(['100%_sure\\']);
  expect(await names(auditor, 'actor', 'e\\')).toEqual(['100%_sure\\']);
  for (const text of ['%', '\0', '\ud800', '\\', '_'.repeat(1000)]) expect(await names(member, 'token', text)).toEqual([]);
});
