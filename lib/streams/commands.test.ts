import { expect, test } from 'vitest';
import { db } from '@/lib/db';
import { parseEnv } from '@/lib/env';
import { installRuntime, runtime } from '@/lib/runtime';
import { changeStream, createStream, deleteStream, pauseStream, rotateSigningKey } from '@/lib/streams/commands';
import { listStreams, offeredKinds } from '@/lib/streams/queries';
import { changeStreamInput, createStreamInput, rotateKeyInput } from '@/lib/streams/schema';
import { openSecret, signingKeysOf } from '@/lib/streams/secrets';
import { isPublic } from '@/lib/streams/target';
import { MOST_STREAMS } from '@/lib/streams/values';
import { selfMadeCertificate } from '@/lib/testing/certificate';
import { createActor, testDatabase } from '@/lib/testing/database';
import { eventsOf, outcomeOf } from '@/lib/testing/people';

testDatabase();

const PUBLIC = 'https://198.41.0.4/hook';

const webhook = (fields: object) => ({ kind: 'webhook', name: 'SIEM', start: 'now', url: PUBLIC, ca: '', ...fields }) as const;
const syslog = (fields: object) =>
  ({ kind: 'syslog', name: 'SIEM', start: 'now', host: '198.41.0.4', port: 6514, tls: true, ca: '', ...fields }) as const;

/** The rule and the field that a schema refuses an input with. */
function refusal(input: unknown): string {
  const { error } = createStreamInput.safeParse(input);
  return error ? `${String(error.issues[0]?.path[0])}: ${error.issues[0]?.message}` : '';
}

test.each([
  [webhook({ url: '' }), 'url: required'],
  [webhook({ url: 'siem.example.org' }), 'url: url_invalid'],
  [webhook({ url: 'ftp://siem.example.org/' }), 'url: url_invalid'],
  [webhook({ url: 'file:///etc/passwd' }), 'url: url_invalid'],
  [webhook({ url: 'https://user:password@siem.example.org/' }), 'url: url_invalid'],
  [webhook({ url: `https://siem.example.org/${'a'.repeat(2000)}` }), 'url: too_long'],
  [webhook({ ca: 'x'.repeat(32_001) }), 'ca: too_long'],
  [webhook({ name: ' ' }), 'name: required'],
  [webhook({ name: 'a\u202eb' }), 'name: forbidden_characters'],
  [syslog({ host: '' }), 'host: required'],
  [syslog({ host: 'logs.example.org:514' }), 'host: host_invalid'],
  [syslog({ host: 'logs.example.org/path' }), 'host: host_invalid'],
  [syslog({ host: 'a@b' }), 'host: host_invalid'],
  [syslog({ host: '1.2.3.999' }), 'host: host_invalid'],
  [syslog({ host: 'logs\r\nexample.org' }), 'host: host_invalid'],
  [syslog({ port: 0 }), 'port: port_invalid'],
  [syslog({ port: 70_000 }), 'port: port_invalid'],
  [syslog({ port: Number.NaN }), 'port: port_invalid'],
  [{ kind: 'file', name: 'x', start: 'now', file: '../audit' }, 'file: file_name_invalid'],
  [{ kind: 'file', name: 'x', start: 'now', file: '/etc/cron.d/x' }, 'file: file_name_invalid'],
  [{ kind: 'file', name: 'x', start: 'now', file: '.hidden' }, 'file: file_name_invalid'],
  [{ kind: 'file', name: 'x', start: 'now', file: 'a\0b' }, 'file: file_name_invalid'],
])('%j is refused beside its field: %s', (input, expected) => {
  expect(refusal(input)).toBe(expected);
});

test.each([
  '127.0.0.1',
  '10.1.2.3',
  '172.16.0.1',
  '192.168.1.1',
  '169.254.169.254',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  '0.0.0.0',
  '224.0.0.1',
  '255.255.255.255',
  '::1',
  '::',
  '::ffff:127.0.0.1',
  '::127.0.0.1',
  'fe80::1',
  'fec0::1',
  'fd00:ec2::254',
  '64:ff9b::a00:1',
  '2002:7f00:1::',
  'ff02::1',
  '::7f00:1',
  '100:0:0:1::1',
  '4000::1',
  'e000::1',
  '5f00::1',
  '3fff::1',
  '2001::1',
  '2001:1ff::1',
  '2001:db8::1',
])('%s is no public address', (address) => {
  expect(isPublic(address)).toBe(false);
  expect(isPublic('198.41.0.4') && isPublic('2606:4700::1111') && isPublic('2001:200::1')).toBe(true);
});

test('targets in private networks are refused however they are written, and nothing is stored; so is what is not encrypted', async () => {
  const admin = await createActor('admin');
  const attempt = (input: unknown) => outcomeOf(createStream(admin, createStreamInput.parse(input)));
  for (const host of ['127.0.0.1', '0x7f.1', '2130706433', '[::1]', '[::ffff:a9fe:a9fe]', 'localhost', '10.0.0.1'])
    expect(await attempt(webhook({ url: `https://${host}/` })), host).toBe('target_private');
  for (const host of ['127.0.0.1', '0x7f.1', '::1', '[::1]', 'LOCALHOST'])
    expect(await attempt(syslog({ host })), host).toBe('target_private');
  expect(await attempt(webhook({ url: 'http://198.41.0.4/' }))).toBe('target_insecure');
  expect(await attempt(syslog({ tls: false }))).toBe('target_insecure');
  expect(await attempt(webhook({ url: 'https://nowhere.invalid/' }))).toBe('target_unresolved');
  expect(await attempt({ kind: 'file', name: 'x', start: 'now', file: 'audit.ndjson' })).toBe('target_no_folder');
  expect(offeredKinds()).toEqual(['webhook', 'syslog', 'stdout']);
  for (const ca of ['nonsense', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', `${selfMadeCertificate().cert} and more`])
    expect(await attempt(webhook({ ca }))).toBe('invalid_input');
  expect(await db().sink.count()).toBe(0);
  expect(await eventsOf('stream.created')).toEqual([]);
});

test('networks that are allowed may be streamed to, and only they', async () => {
  const before = runtime();
  const env = parseEnv({ NODE_ENV: 'test', SINK_ALLOWED_NETWORKS: '10.0.0.0/8 fd00::/8' });
  installRuntime({ ...before, env });
  try {
    const admin = await createActor('admin');
    const attempt = (input: unknown) => outcomeOf(createStream(admin, createStreamInput.parse(input)));
    expect(await attempt(syslog({ host: '10.0.0.9', tls: false }))).toBe('ok');
    expect(await attempt(syslog({ host: 'fd00::9', tls: false, name: 'six' }))).toBe('ok');
    expect(await attempt(syslog({ host: '192.168.0.9', name: 'other' }))).toBe('target_private');
    expect((await db().sink.findMany({ orderBy: { id: 'asc' } })).map(({ settings }) => (settings as { target: string }).target)).toEqual([
      '10.0.0.9:6514',
      '[fd00::9]:6514',
    ]);
  } finally {
    installRuntime(before);
    await db().sink.deleteMany();
  }
});

test('a change keeps kind, signing key, position and, if none is given, the address; each field that changed is in the log, without its secrets', async () => {
  const admin = await createActor('admin');
  const { id, signingKey } = await createStream(admin, createStreamInput.parse(webhook({ url: `${PUBLIC}?key=hidden1` })));
  const stored = async () => {
    const { secret, settings } = await db().sink.findUniqueOrThrow({ where: { id } });
    return { ...openSecret(runtime().keys.stream, id, secret as Uint8Array), settings };
  };
  const { cert } = selfMadeCertificate();
  const change = (fields: object) => {
    const { start: _, ...input } = { ...webhook({}), id, ...fields };
    return changeStream(admin, changeStreamInput.parse(input));
  };
  await change({ name: 'Renamed', url: undefined, ca: cert });
  expect(await stored()).toMatchObject({ url: `${PUBLIC}?key=hidden1`, signingKey, settings: { target: '198.41.0.4', ca: cert.trim() } });
  await change({ name: 'Renamed', url: `${PUBLIC}?key=hidden2`, ca: '' });
  expect(await stored()).toMatchObject({ url: `${PUBLIC}?key=hidden2`, signingKey });
  await change({ name: 'Renamed', url: undefined, ca: '' });
  const events = await eventsOf('stream.changed');
  expect(events.map(({ changes }) => changes)).toMatchObject([
    { name: ['SIEM', 'Renamed'], authorities: [null, [expect.stringMatching(/^[0-9A-F:]{95}$/)]] },
    { name: ['Renamed', 'Renamed'], target: ['198.41.0.4', '198.41.0.4'] },
  ]);
  expect(JSON.stringify(events)).not.toContain('hidden');
  const other = changeStreamInput.parse({ id, kind: 'stdout', name: 'x' });
  expect(await outcomeOf(changeStream(admin, other))).toBe('changed_meanwhile');
  await deleteStream(admin, { id });
  expect(await outcomeOf(change({}))).toBe('not_found');
});

test('a rotated key is shown once, the old one signs along for as long as was chosen, and neither is in the log or on the page', async () => {
  const HOUR = 3_600_000;
  const admin = await createActor('admin');
  const { id, signingKey: first } = await createStream(admin, createStreamInput.parse(webhook({ name: 'Rotated' })));
  const secret = async () =>
    openSecret(runtime().keys.stream, id, (await db().sink.findUniqueOrThrow({ where: { id } })).secret as Uint8Array);
  const keysIn = async (hours: number) => signingKeysOf(await secret(), Date.now() + hours * HOUR);
  const row = async () => (await listStreams(admin)).find((stream) => stream.id === id);
  const { signingKey: second } = await rotateSigningKey(admin, { id, overlapHours: 24 });
  expect(second).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect([await keysIn(0), await keysIn(23.9), await keysIn(24)]).toEqual([[second, first], [second, first], [second]]);
  expect((await secret()).url, 'the address stays').toBe(PUBLIC);
  expect(Date.parse((await row())?.oldKeyUntil ?? '')).toBeGreaterThan(Date.now() + 23.9 * HOUR);

  // Whoever did not see the second one rotates again: the receiver’s key still counts.
  const { signingKey: third } = await rotateSigningKey(admin, { id, overlapHours: 1 });
  expect([await keysIn(0), await keysIn(2), await keysIn(25)]).toEqual([[third, second, first], [third, first], [third]]);
  const { start: _, ...input } = { ...webhook({ name: 'Rotated' }), id, url: `${PUBLIC}/other` };
  await changeStream(admin, changeStreamInput.parse(input));
  expect(await keysIn(0), 'a new address changes no key').toEqual([third, second, first]);
  for (let n = 0; n < 5; n++) await rotateSigningKey(admin, { id, overlapHours: 168 });
  expect(await keysIn(0), 'no more than three old ones').toHaveLength(4);
  const { signingKey: last } = await rotateSigningKey(admin, { id, overlapHours: 0 });
  expect(await keysIn(0), 'at once').toEqual([last]);
  expect((await row())?.oldKeyUntil).toBeNull();

  const events = await eventsOf('stream.key_rotated');
  expect(events).toHaveLength(8);
  expect(events[0]?.changes).toEqual({ name: ['Rotated', 'Rotated'], oldKeyUntil: [null, expect.stringMatching(/^\d{4}-.*Z$/)] });
  expect(events.at(-1)?.changes).toMatchObject({ oldKeyUntil: [null, null] });
  const shown = JSON.stringify([events, await listStreams(admin)]);
  for (const key of [first, second, third, last]) expect(shown).not.toContain(key);
  expect(shown).not.toContain('whsec_');
  await deleteStream(admin, { id });
  expect(await outcomeOf(rotateSigningKey(admin, { id, overlapHours: 24 }))).toBe('not_found');
});

test('what has no key is not rotated, overlaps are those that are offered, and rotations at once leave one key that each saw', async () => {
  const admin = await createActor('admin');
  const { id: plain } = await createStream(admin, { kind: 'stdout', name: 'Plain', start: 'now' });
  expect(await outcomeOf(rotateSigningKey(admin, { id: plain, overlapHours: 24 }))).toBe('invalid_input');
  for (const overlapHours of [-1, 2, 1e9, '24', null]) expect(rotateKeyInput.safeParse({ id: plain, overlapHours }).success).toBe(false);
  expect(await eventsOf('stream.key_rotated')).toHaveLength(8);
  const { id } = await createStream(admin, createStreamInput.parse(webhook({ name: 'Raced' })));
  const given = await Promise.all(
    [1, 2, 3].map(async () => {
      await pauseStream(admin, { id });
      return (await rotateSigningKey(admin, { id, overlapHours: 1 })).signingKey;
    }),
  );
  const { secret } = await db().sink.findUniqueOrThrow({ where: { id } });
  const keys = signingKeysOf(openSecret(runtime().keys.stream, id, secret as Uint8Array), Date.now());
  expect(new Set(keys.slice(0, 3)), 'none of them is lost').toEqual(new Set(given));
  await db().sink.deleteMany();
});

test('names are unique in any case, and there are no more than so many streams, however many are added at once', async () => {
  const admin = await createActor('admin');
  const add = (name: string) => outcomeOf(createStream(admin, { kind: 'stdout', name, start: 'beginning' }));
  expect([await add('One'), await add('oNE')]).toEqual(['ok', 'stream_name_taken']);
  const outcomes = await Promise.all([...Array(MOST_STREAMS + 3).keys()].map((n) => add(`n${n}`)));
  expect(outcomes.filter((outcome) => outcome === 'too_many_streams')).toHaveLength(4);
  expect(await db().sink.count()).toBe(MOST_STREAMS);
  expect((await db().sink.findFirstOrThrow()).position, 'from the first event on').toBe(0n);
  await db().sink.deleteMany();
});
