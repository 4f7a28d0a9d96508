import { randomUUID } from 'node:crypto';
import { createToken } from '@/lib/tokens/commands';
import { actionId, Console } from '../support/console';
import { send } from '../support/http';
import { actorOf, addPerson, type Person } from '../support/people';
import { expect, test } from '../support/test';
import { choose, rowOf } from '../support/tokens';

const never = { kind: 'never' };

async function tokenOf(person: Person, name: string) {
  const expiration = { kind: 'days', days: 30 } as const;
  return createToken(actorOf(person), { name, description: '', expiration });
}

async function consoleOf(url: string, person: Person): Promise<Console> {
  const visitor = new Console(url);
  await visitor.signIn(person);
  return visitor;
}

test('dialogs refuse bad names beside the field, and keep what was typed', async ({ signedIn }) => {
  const { page, person } = await signedIn('member');
  await tokenOf(person, 'Straße');
  await page.goto('/tokens');
  await page.getByRole('button', { name: 'Generate token' }).click();
  const dialog = page.getByRole('dialog', { name: 'Generate token' });
  const name = dialog.getByLabel('Name', { exact: true });
  const cases: [string, RegExp][] = [
    ['', /Fill in this field/],
    ['   ', /Fill in this field|no visible character/],
    ['\u200b\u2060', /no visible character|cannot be shown/],
    ['abc\u202edef', /cannot be shown/],
    ['a'.repeat(81), /too long/],
    ['STRASSE', /already have a token|^$/],
    ['straße', /already have a token called/],
  ];
  for (const [text, words] of cases.filter(([text]) => text !== 'STRASSE')) {
    await name.fill(text);
    await dialog.getByRole('button', { name: 'Generate', exact: true }).click();
    await expect(name).toHaveAccessibleDescription(words);
    await expect(name).toBeFocused();
    await expect(name).toHaveValue(text);
  }
  await name.fill('  fits  ');
  await dialog.getByRole('button', { name: 'Generate', exact: true }).click();
  await expect(rowOf(page, 'fits')).toBeVisible();
});

test('a moment in the past and an hour that does not exist are refused beside their field', async ({ signedIn }) => {
  const { page, person } = await signedIn('member');
  await tokenOf(person, 'Dated');
  await page.goto('/tokens');
  const dialog = await choose(page, 'Dated', 'Change expiration');
  await dialog.getByLabel('Expiration').selectOption('Custom');
  const cases: [string, string, RegExp][] = [
    ['2020-01-01', '12:00', /has passed/],
    ['2027-03-28', '02:30', /do not exist/],
    ['', '12:00', /Fill in this field/],
  ];
  for (const [date, time, words] of cases) {
    await dialog.getByLabel('Date').fill(date);
    await dialog.getByLabel('Time').fill(time);
    await dialog.getByRole('button', { name: 'Change', exact: true }).click();
    await expect(dialog.getByLabel('Date')).toHaveAccessibleDescription(words);
  }
  await dialog.getByLabel('Date').fill('2027-12-05');
  await dialog.getByLabel('Time').fill('14:00');
  await expect(dialog.getByText(/(5 Dec|Dec\w* 5).* 2027/)).toBeVisible();
  await dialog.getByRole('button', { name: 'Change', exact: true }).click();
  await expect(dialog).toBeHidden();
});

test('a doubled submit does it once', async ({ signedIn }) => {
  const { page, person } = await signedIn('member');
  await page.goto('/tokens');
  await page.getByRole('button', { name: 'Generate token' }).click();
  const dialog = page.getByRole('dialog', { name: 'Generate token' });
  await dialog.getByLabel('Name', { exact: true }).fill('Once only');
  await dialog.getByRole('button', { name: 'Generate', exact: true }).dblclick();
  await expect(rowOf(page, 'Once only')).toBeVisible();

  const visitor = await consoleOf(new URL(page.url()).origin, person);
  const { id } = await tokenOf(person, 'Doubled');
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => visitor.act('regenerateTokenAction', '/tokens', { id, generation: 1 })),
  );
  expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
});

test('actions refuse whatever no dialog sends, and change nothing', async ({ shared }) => {
  const person = await addPerson('member');
  const stranger = await addPerson('member');
  const foreign = await tokenOf(stranger, 'Foreign');
  const own = await tokenOf(person, 'Own');
  const visitor = await consoleOf(shared.url, person);
  const create = (input: unknown) => visitor.act('createTokenAction', '/tokens', input);
  const usual = { name: 'x', description: '', expiration: never };

  const invalid: unknown[] = [
    null,
    [],
    'text',
    {},
    { ...usual, name: 1 },
    { ...usual, name: ['x'] },
    { ...usual, name: { $ne: '' } },
    { ...usual, name: 'a\u0000b' },
    { ...usual, name: 'a\nb' },
    { ...usual, name: '\ud800' },
    { ...usual, name: 'a\u2066b' },
    { ...usual, name: '\u200d' },
    { ...usual, name: 'x'.repeat(81) },
    { ...usual, description: 'd'.repeat(10_000) },
    { ...usual, expiration: { kind: 'at', at: '2020-01-01T00:00:00Z' } },
    { ...usual, expiration: { kind: 'at', at: '2027-02-30T00:00:00Z' } },
    { ...usual, expiration: { kind: 'at', at: '+012027-02-01T00:00:00Z' } },
    { ...usual, expiration: { kind: 'at', at: 'Infinity' } },
    { ...usual, expiration: { kind: 'days', days: 1e308 } },
    { ...usual, expiration: { kind: 'days', days: -7 } },
    { ...usual, expiration: { kind: 'days', days: '7' } },
    { ...usual, expiration: null },
    { ...usual, scopes: 'a' },
    { ...usual, scopes: [1] },
    { ...usual, scopes: ['A'] },
    { ...usual, scopes: ['a\u0000'] },
    { ...usual, scopes: Array.from({ length: 51 }, (_, n) => `s${n}`) },
    { ...usual, ipAllowList: ['10.0.0.0/33'] },
    { ...usual, ipAllowList: ['10.0.0.1/8'] },
    { ...usual, ipAllowList: [null] },
    { ...usual, ipAllowList: ['1:'.repeat(20_000)] },
    { ...usual, userId: stranger.id },
    { ...usual, ownerId: stranger.id },
    { ...usual, digest: 'x', role: 'admin' },
  ];
  for (const input of invalid)
    expect(await create(input), JSON.stringify(input)).toMatchObject({
      ok: false,
      error: { code: expect.stringMatching(/invalid_input|expiration_past/) },
    });

  for (const graceSeconds of [-1, 0.5, 86_401, 1e308, '3600', [3600], {}]) {
    const refused = { ok: false, error: { code: 'invalid_input' } };
    expect(await visitor.act('regenerateTokenAction', '/tokens', { id: own.id, generation: 1, graceSeconds })).toMatchObject(refused);
    const extension = { id: own.id, generation: 1, until: '2030-01-01T00:00:00Z', graceSeconds };
    expect(await visitor.act('extendGraceAction', '/tokens', extension)).toMatchObject(refused);
  }
  for (const longestGraceHours of [0, 24])
    expect(await visitor.act('changeLongestGraceAction', '/policy', { longestGraceHours })).toMatchObject({
      ok: false,
      error: { code: 'not_found' },
    });
  for (const longestGraceHours of [-1, 0.5, 25, 1e308, '8', null, {}])
    expect(await visitor.act('changeLongestGraceAction', '/policy', { longestGraceHours })).toMatchObject({
      ok: false,
      error: { code: 'invalid_input' },
    });
  const unread = { id: own.id, generation: 1, until: 'tomorrow', graceSeconds: 60 };
  expect(await visitor.act('extendGraceAction', '/tokens', unread)).toMatchObject({ ok: false, error: { code: 'invalid_input' } });
  expect(await visitor.act('finishGraceAction', '/tokens', { id: own.id, generation: 1e308 })).toMatchObject({ ok: false });

  for (const id of [foreign.id, randomUUID(), '0', `${own.id}'--`, `${own.id}\u0000`]) {
    const refused = { ok: false, error: { code: expect.stringMatching(/^(not_found|invalid_input)$/) } };
    expect(await visitor.act('renameTokenAction', '/tokens', { id, name: 'taken over' })).toMatchObject(refused);
    expect(await visitor.act('changeExpirationAction', '/tokens', { id, expiration: never })).toMatchObject(refused);
    expect(await visitor.act('regenerateTokenAction', '/tokens', { id, generation: 1 })).toMatchObject(refused);
    expect(await visitor.act('deleteTokenAction', '/tokens', { id, confirmName: 'Foreign' })).toMatchObject(refused);
    expect(await visitor.act('changeAccessAction', '/tokens', { id, scopes: ['a'] })).toMatchObject(refused);
    expect(await visitor.act('suspendTokenAction', '/tokens', { id, reason: 'x' })).toMatchObject(refused);
    expect(await visitor.act('resumeTokenAction', '/tokens', { id })).toMatchObject(refused);
    expect(await visitor.act('lastUseAction', '/tokens', { id })).toMatchObject(refused);
    expect(await visitor.act('oldValueAction', '/tokens', { id })).toMatchObject(refused);
    expect(await visitor.act('finishGraceAction', '/tokens', { id, generation: 1 })).toMatchObject(refused);
    const extension = { id, generation: 1, until: '2030-01-01T00:00:00Z', graceSeconds: 60 };
    expect(await visitor.act('extendGraceAction', '/tokens', extension)).toMatchObject(refused);
    for (const action of ['changeRoleAction', 'disableUserAction', 'enableUserAction', 'createLinkAction'])
      expect(await visitor.act(action, '/users', action === 'changeRoleAction' ? { id, role: 'admin' } : { id })).toMatchObject(refused);
  }
  const missing = await visitor.act('renameTokenAction', '/tokens', { id: randomUUID(), name: 'x' });
  expect(await visitor.act('renameTokenAction', '/tokens', { id: foreign.id, name: 'x' })).toEqual(missing);
  expect(await visitor.act('addUserAction', '/users', { name: 'x', email: 'x@example.org', role: 'admin' })).toMatchObject({ ok: false });
});

test('only posts of the console’s own pages reach an action', async ({ shared }) => {
  const person = await addPerson('member');
  const visitor = await consoleOf(shared.url, person);
  const body = JSON.stringify([{ name: 'Smuggled', description: '', expiration: never }]);
  const id = await actionId('createTokenAction');
  const foreign: Record<string, string>[] = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: '' },
    { origin: `${shared.url}.evil.example` },
    { origin: shared.url, 'sec-fetch-site': 'cross-site' },
    { origin: shared.url, 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example', 'x-forwarded-host': 'evil.example' },
    { origin: 'https://evil.example', host: 'evil.example' },
  ];
  for (const headers of foreign) {
    const answer = await visitor.post('/tokens', { 'next-action': id, ...headers }, body);
    expect(answer.status, JSON.stringify(headers)).toBe(403);
  }
  const cookie = { cookie: 'latchkey.session=none' };
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
    const answer = await send(shared.url, '/tokens', { method, headers: { 'next-action': id, ...cookie, 'content-length': '0' } });
    expect(answer.status, `${method} without an Origin`).toBe(403);
  }
  for (const method of ['GET', 'HEAD', 'OPTIONS']) {
    const answer = await visitor.request('/tokens', { method, headers: { origin: shared.url, 'next-action': id } });
    expect(answer.status, method).toBeLessThan(500);
  }
  const list = await visitor.request('/tokens');
  expect(list.body).not.toContain('Smuggled');
});

test('bodies that are not what a form sends are never a fault of the server', async ({ shared }) => {
  const visitor = await consoleOf(shared.url, await addPerson('member'));
  const id = await actionId('createTokenAction');
  const multipart = 'multipart/form-data; boundary=x';
  const form = 'application/x-www-form-urlencoded';
  const bodies: [string, Record<string, string>][] = [
    ['', {}],
    ['not json', {}],
    ['[', {}],
    ['{}', {}],
    ['[]', {}],
    ['"$"', {}],
    ['["$K1"]', {}],
    ['["$F1"]', {}],
    ['["$@1"]', {}],
    ['["$1:__proto__:x"]', {}],
    [`[${'['.repeat(5000)}`, {}],
    ['x'.repeat(100_000), {}],
    ['--x--', { 'content-type': multipart }],
    ['--x\r\nContent-Disposition: form-data; name="0"\r\n\r\n"$1"\r\n--x--\r\n', { 'content-type': multipart }],
    ['--x\r\nContent-Disposition: form-data; name="1_0"\r\n\r\n', { 'content-type': multipart }],
    ['--x\r\nnonsense', { 'content-type': multipart }],
    ['a=b', { 'content-type': form }],
    ['[{}]', { 'content-type': 'application/json' }],
    ['[{}]', { 'content-type': '' }],
    ['[{}]', { 'content-type': 'multipart/form-data' }],
    ['[{}]', { 'next-action': 'x' }],
    ['[{}]', { 'next-action': '7f0000000000000000000000000000000000000000' }],
    ['[{}]', { 'next-action': '__proto__' }],
    ['[{}]', { 'next-router-state-tree': 'nonsense' }],
    ['[{}]', { 'next-router-state-tree': '%5B%22%22%5D', rsc: '1' }],
    ['[{}]', { 'content-encoding': 'gzip' }],
  ];
  const faults: string[] = [];
  for (const [body, headers] of bodies) {
    const answer = await visitor.post('/tokens', { 'next-action': id, ...headers }, body);
    if (answer.status >= 500) faults.push(`${answer.status} to ${body.slice(0, 60)} ${JSON.stringify(headers)}`);
  }
  for (const type of [multipart, form, 'text/plain'])
    for (const body of [
      '',
      'x',
      '--x\r\nContent-Disposition: form-data; name="$ACTION_REF_1"\r\n\r\n\r\n--x--\r\n',
      `--x\r\nContent-Disposition: form-data; name="$ACTION_ID_${id}"\r\n\r\n\r\n--x--\r\n`,
    ]) {
      const headers = { origin: shared.url, 'content-type': type };
      const answer = await visitor.request('/tokens', { method: 'POST', headers, body });
      if (answer.status >= 500) faults.push(`${answer.status} to ${type} ${body}`);
    }
  expect(faults).toEqual([]);
});

const ADDRESSES = [
  '/%E0%A4%A',
  '/%',
  '/%00',
  '/tokens%00',
  '/users/%E0%A4%A',
  '/users/..%2f..%2fetc',
  '/users/%2e%2e',
  '//',
  '//x',
  '///x/y',
  '/\\x',
  '/./.',
  '/../../etc/passwd',
  '/tokens/',
  '/tokens?',
  '/tokens?page=-1&sort=x',
  '/tokens?page=1e999&dir=&status=%00&q=%00',
  '/tokens?page=99999',
  '/tokens?q=%ED%A0%80',
  '/tokens?q=%25%5C_%27%22',
  `/tokens?q=${'a'.repeat(5000)}`,
  '/tokens?q=a&q=b&page=2&page=x',
  '/tokens?__proto__=1&constructor=2&q[]=3&q[a]=4',
  '/audit?cursor=x',
  '/audit?cursor=00000000-0000-0000-0000-000000000000',
  '/audit?cursor=newer-ffffffff-ffff-ffff-ffff-ffffffffffff',
  '/audit?event=x&actor=%00&token=%27&outcome=x&ip=999.1.1.1&from=2026-02-30&to=Infinity&range=x&id=x',
  '/audit?ip=1.2.3.4/99',
  '/audit?q=%00&kind=x&event=*&target=%ED%A0%80&actor=system&ip=::ffff:10.0.0.0/90',
  '/audit?q=%22&actor=%22%22&target=%25_%5C&event=token.*&kind=access',
  `/audit?q=${'x'.repeat(10_000)}&actor=${'%F0%9F%94%91'.repeat(600)}&target=${'y'.repeat(3000)}`,
  '/audit?ip=::/0',
  '/audit?from=9999-12-31T23:59:59Z&to=0001-01-01',
  '/audit?from=2026-01-01T00:00:00%2B99:99',
  '/audit?id=00000000-0000-0000-0000-000000000000',
  '/audit?from=1926-01-01&to=2026-01-01&zone=UTC',
  '/audit?from=2026-02-01&to=2026-01-01&range=30d',
  '/audit?zone=%FF&columns=%FF%00&zone=UTC',
  '/audit?zone=Europe/Amsterdam&columns=%25,_,%5C',
  `/audit?columns=${'time,'.repeat(800)}&zone=${'U'.repeat(3000)}`,
  '/audit?columns=time&columns=ip&zone=UTC&zone=x&range=1h&range=x',
  '/audit?columns=__proto__,constructor,toString',
  '/users?page=x&sort=password&dir=x&show=x&q=%00',
  '/users/00000000-0000-0000-0000-000000000000',
  '/users/0',
  '/users/__proto__',
  '/profile?page=0',
  '/login?callbackUrl=//evil.example&error=x&done=x',
  '/login?callbackUrl=%E0%A4%A',
  '/login?error=constructor',
  '/login?error=too_many_views',
  '/setup',
  '/set-password?code=%00',
  '/set-password?code=a&code=b',
  '/api/auth/session',
  '/api/auth/%E0%A4%A',
  '/api/auth/callback/credentials',
  '/api/auth/signin/x',
  '/_next/image?url=http://169.254.169.254/&w=64&q=75',
  '/_next/static/../../package.json',
  '/_next/data/x/tokens.json',
  '/_next/',
  '/favicon.ico',
  '/robots.txt',
  '/.env',
  '/verify/x',
  '/verify?scope=%00&x=%E0%A4%A',
  '/tokens?_rsc=x',
  '*',
  'http://evil.example/tokens',
];

test('no address is a fault of the server, signed in or not', async ({ shared }) => {
  const visitor = await consoleOf(shared.url, await addPerson('admin'));
  const faults: string[] = [];
  for (const path of ADDRESSES)
    for (const [who, ask] of [
      ['signed in', () => visitor.request(path)],
      ['signed in, for data', () => visitor.request(path, { headers: { rsc: '1', 'next-router-prefetch': '1' } })],
      ['a stranger', () => send(shared.url, path)],
    ] as const) {
      const { status, headers } = await ask();
      if (status >= 500) faults.push(`${status} to ${path}, ${who}`);
      if (/^(https?:)?[/\\]{2}/.test(headers.location ?? '') && !headers.location?.startsWith(shared.url))
        faults.push(`${path} leads to ${headers.location}`);
    }
  expect(faults).toEqual([]);
});

test('no header is a fault of the server', async ({ shared }) => {
  const long = 'x'.repeat(20_000);
  const lists: string[][] = [
    ['cookie', `latchkey.session=${long.slice(0, 12_000)}`],
    ['cookie', long],
    ['cookie', 'latchkey.session=a; latchkey.session=b'],
    ['cookie', 'latchkey.session=eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..x.y.z'],
    ['cookie', 'latchkey-zone=%E0%A4%A; latchkey-sidebar=%00'],
    ['cookie', 'latchkey.csrf=%E0%A4%A|x; latchkey.device=....'],
    ['cookie', '=; ;;=;__proto__=1'],
    ['accept-language', long.slice(0, 8000)],
    ['accept-language', 'xx-XX-xx;q=9, *;q=x, \u00e9'],
    ['user-agent', long.slice(0, 10_000)],
    ['user-agent', 'a', 'user-agent', 'b'],
    ['host', 'evil.example'],
    ['host', 'a', 'host', 'b'],
    ['x-forwarded-for', 'x', 'x-forwarded-for', '::', 'x-forwarded-host', 'evil.example', 'x-forwarded-proto', 'javascript'],
    ['x-real-ip', '999', 'forwarded', 'for=x'],
    ['x-request-id', long.slice(0, 9000)],
    ['x-middleware-subrequest', 'middleware:middleware:middleware', 'x-middleware-rewrite', 'http://evil.example', 'x-invoke-path', '/x'],
    ['x-nextjs-data', '1', 'x-matched-path', '/users', 'x-now-route-matches', '1=x', 'next-url', '//x'],
    ['rsc', '1', 'next-router-state-tree', 'x'],
    ['rsc', '1', 'next-router-state-tree', '%E0%A4%A'],
    ['rsc', '1', 'next-router-segment-prefetch', '/../x'],
    ['next-action', 'x'],
    ['range', 'bytes=99-1'],
    ['if-none-match', long.slice(0, 5000)],
    ['content-security-policy', "script-src 'nonce-\"><script>'"],
    ['authorization', 'Bearer', 'authorization', 'Basic x'],
    ['transfer-encoding', 'chunked', 'expect', '200-maybe'],
    ['purpose', 'prefetch', 'accept', '\u00ff'],
  ];
  const faults: string[] = [];
  for (const headers of lists)
    for (const path of ['/tokens', '/login', '/verify', '/api/auth/csrf', '/healthz']) {
      const answer = await send(shared.url, path, { headers }).catch((error: NodeJS.ErrnoException) => error);
      const shown = `${headers.join(': ').slice(0, 80)} at ${path}`;
      if (answer instanceof Error) {
        if (!['ECONNRESET', 'EPIPE', 'ERR_INVALID_CHAR', 'ERR_HTTP_TRAILER_INVALID'].includes(answer.code ?? ''))
          faults.push(`${answer.code ?? answer.message}: ${shown}`);
      } else if (answer.status >= 500) faults.push(`${answer.status}: ${shown}`);
      else if (JSON.stringify([answer.headers, answer.body]).includes('evil.example')) faults.push(`evil.example is repeated: ${shown}`);
    }
  expect(faults).toEqual([]);
  expect((await send(shared.url, '/healthz')).status).toBe(200);
});

test('sign-in answers bad forms with a refusal', async ({ shared }) => {
  const visitor = new Console(shared.url);
  const form = 'application/x-www-form-urlencoded';
  const bodies: [string, string][] = [
    ['', form],
    ['csrfToken=x&email=a&password=b', form],
    ['email[]=a&password[]=b&json=true', form],
    ['email=%00&password=%00&json=true', form],
    [`email=${'a'.repeat(70_000)}`, form],
    ['{"email":{"$ne":null},"password":true}', 'application/json'],
    ['{', 'application/json'],
    ['null', 'application/json'],
    ['x', 'text/plain'],
    ['x', 'multipart/form-data; boundary=x'],
  ];
  for (const path of ['/api/auth/callback/credentials', '/api/auth/signout', '/api/auth/callback/other', '/api/auth/_log'])
    for (const [body, type] of bodies) {
      const answer = await visitor.request(path, { method: 'POST', headers: { origin: shared.url, 'content-type': type }, body });
      expect(answer.status, `${path} ${type} ${body.slice(0, 40)}`).toBeLessThan(500);
      expect(answer.headers['set-cookie'] ?? []).not.toContainEqual(expect.stringContaining('latchkey.session=ey'));
    }
});
