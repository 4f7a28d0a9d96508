import { Client } from 'pg';
import { Console } from '../support/console';
import { databaseUrl } from '../support/database';
import { FIRST_ADMIN } from '../support/people';
import { expect, test } from '../support/test';

const ADMIN = { ADMIN_EMAIL: FIRST_ADMIN.email, ADMIN_PASSWORD: FIRST_ADMIN.password };

// A page sends its actions to the address in the browser's bar: to the next page's, when one has already gone on.
test('an action that reaches another page than its own is done, and the log has its caller, also behind a proxy', async ({ ownServer }) => {
  const { port, dataDir, output } = await ownServer({ ...ADMIN, BASE_URL: 'https://tokens.example.org', TRUSTED_PROXIES: '127.0.0.1' });
  const person = new Console(`http://127.0.0.1:${port}`, undefined, {
    host: 'tokens.example.org',
    origin: 'https://tokens.example.org',
    'x-forwarded-for': '203.0.113.9',
    'x-request-id': 'request-4711',
    'user-agent': 'e2e',
  });
  await person.signIn(FIRST_ADMIN);
  const answer = await person.act('createTokenAction', '/audit', { name: 'Elsewhere', description: '', expiration: { kind: 'never' } });
  expect(answer.ok).toBe(true);

  const client = new Client({ connectionString: await databaseUrl(dataDir) });
  await client.connect();
  const { rows } = await client.query(`SELECT host(ip) AS ip, request_id, user_agent FROM audit_event WHERE event = 'token.created'`);
  await client.end();
  expect(rows).toEqual([{ ip: '203.0.113.9', request_id: 'request-4711', user_agent: 'e2e' }]);
  expect(output()).not.toContain('failed to forward');
});
