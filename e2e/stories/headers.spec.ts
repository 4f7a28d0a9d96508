import { Console } from '../support/console';
import { type Answer, send } from '../support/http';
import { addPerson } from '../support/people';
import { expect, test } from '../support/test';

function nonceOf(answer: Answer): string {
  return /'nonce-([^']+)'/.exec(String(answer.headers['content-security-policy']))?.[1] ?? '';
}

function expectSafe(answer: Answer, path: string) {
  expect(answer.headers, path).toMatchObject({
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'x-frame-options': 'DENY',
    'cross-origin-opener-policy': 'same-origin',
    'cache-control': expect.stringContaining('no-store'),
  });
  const policy = String(answer.headers['content-security-policy']);
  const scripts = /script-src ([^;]+)/.exec(policy)?.[1] ?? '';
  expect(policy, path).toContain("frame-ancestors 'none'");
  expect(policy, path).toContain("object-src 'none'");
  expect(policy, path).toContain("base-uri 'none'");
  expect(scripts, path).toMatch(/'nonce-[\w+/=]{22,}'/);
  expect(scripts, path).not.toMatch(/unsafe-(inline|eval)/);
  expect(answer.headers['x-powered-by'], path).toBeUndefined();
}

test('every page carries the security headers, and each script the nonce of its answer', async ({ shared }) => {
  const person = await addPerson('admin');
  const visitor = new Console(shared.url);
  const pages = [
    '/tokens',
    '/audit',
    '/audit/integrity',
    '/audit/exports',
    '/alerts',
    '/users',
    `/users/${person.id}`,
    '/profile',
    '/nowhere',
    '/users/0',
  ];
  const open = ['/login', '/setup', '/set-password?code=x', '/tokens', '/nowhere', '/api/auth/csrf', '/api/auth/nothing'];
  for (const path of open) expectSafe(await send(shared.url, path), path);
  await visitor.signIn(person);
  for (const path of pages) {
    const answer = await visitor.request(path);
    expectSafe(answer, path);
    const scripts = answer.body.match(/<script\b[^>]*>/g) ?? [];
    expect(scripts.length, path).toBeGreaterThan(0);
    for (const script of scripts) expect(script, path).toContain(`nonce="${nonceOf(answer)}"`);
  }
  expect(nonceOf(await visitor.request('/tokens'))).not.toBe(nonceOf(await visitor.request('/tokens')));
});

test('cookies cannot be read by scripts nor sent by other sites', async ({ signedIn }) => {
  const { context } = await signedIn('member');
  const cookies = await context.cookies();
  expect(cookies.map(({ name }) => name)).toContain('latchkey.session');
  for (const { name, httpOnly, sameSite } of cookies)
    expect({ name, httpOnly, sameSite }).toEqual({ name, httpOnly: true, sameSite: 'Lax' });
});

test('over https cookies are bound to the host, and browsers are told to stay with https', async ({ ownServer }) => {
  const { port } = await ownServer({ BASE_URL: 'https://tokens.example.org', TRUSTED_PROXIES: '127.0.0.1' });
  const proxied = { host: 'tokens.example.org', 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.9' };
  const page = await send(`http://127.0.0.1:${port}`, '/setup', { headers: proxied });
  expect(page.status).toBe(200);
  expectSafe(page, '/setup');
  expect(page.headers['strict-transport-security']).toMatch(/max-age=\d{8}/);
  const csrf = await send(`http://127.0.0.1:${port}`, '/api/auth/csrf', { headers: proxied });
  expect(csrf.headers['set-cookie']?.join()).toMatch(/__Host-latchkey\.csrf=.*;\s*Secure/i);
});
