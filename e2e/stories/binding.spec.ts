import { readFile } from 'node:fs/promises';
import { chromium, type Page } from '@playwright/test';
import * as DPoP from 'dpop';
import { exportJWK, generateKeyPair, importJWK } from 'jose';
import { createToken } from '@/lib/tokens/commands';
import { type Answer, send, verify } from '../support/http';
import { actorOf, FIRST_ADMIN } from '../support/people';
import { signIn } from '../support/sign-in';
import { expect, test } from '../support/test';
import { choose, newToken, rowOf, shownValue } from '../support/tokens';

type Jwk = { kty: string; crv: string; x: string; y: string; d: string };

/** Asks the gate as a program does that has the private key. */
async function client(url: string, { d, ...publicJwk }: Jwk) {
  const address = `${url}/verify`;
  const keys = {
    privateKey: (await importJWK({ ...publicJwk, d }, 'ES256')) as CryptoKey,
    publicKey: (await importJWK(publicJwk, 'ES256', { extractable: true })) as CryptoKey,
  };
  return {
    proof: (secret: string) => DPoP.generateProof(keys, address, 'GET', undefined, secret),
    ask: (secret: string, dpop: string): Promise<Answer> => send(url, '/verify', { headers: { authorization: `DPoP ${secret}`, dpop } }),
  };
}

/** Makes a key in the open dialog, and gives the file with its private half. */
async function saveKey(page: Page): Promise<Jwk & { name: string }> {
  const downloading = page.waitForEvent('download');
  await page.getByRole('dialog').getByRole('button', { name: 'Download private key' }).click();
  const download = await downloading;
  return { ...JSON.parse(await readFile(await download.path(), 'utf8')), name: download.suggestedFilename() };
}

test('a token is bound to a key made in the browser, whose proofs open the gate once each; then it is unbound', async ({
  signedIn,
  shared: { url },
}) => {
  const { page, person } = await signedIn('member');
  const { id, secret } = await createToken(actorOf(person), { name: 'Billing / EU', description: '', expiration: { kind: 'never' } });
  await page.goto('/tokens');
  const sent: string[] = [];
  page.on('request', (request) => sent.push(`${request.url()} ${request.postData() ?? ''}`));

  const key = await test.step('the private key is saved before the token is bound to it', async () => {
    const dialog = await choose(page, 'Billing / EU', 'Bind to a key');
    await dialog.getByRole('button', { name: 'Bind', exact: true }).click();
    await expect(dialog.getByText('Make a key first')).toBeVisible();
    await dialog.getByRole('button', { name: 'Make a key' }).click();
    await expect(dialog.getByText('Make a key first')).toBeHidden();
    await dialog.getByRole('button', { name: 'Bind', exact: true }).click();
    await expect(dialog.getByText('Save the private key first')).toBeVisible();
    await expect(dialog.getByRole('button', { name: 'Download private key' })).toBeFocused();
    expect((await verify(url, secret)).status).toBe(200);
    const saved = await saveKey(page);
    expect(saved).toMatchObject({ kty: 'EC', crv: 'P-256', name: 'Billing-EU.key.json' });
    await expect(dialog.getByText('Saved', { exact: true })).toBeVisible();
    await dialog.getByRole('button', { name: 'Bind', exact: true }).click();
    await expect(dialog).toBeHidden();
    await expect(rowOf(page, 'Billing / EU')).toContainText(/bound to key [\w-]{8}…/);
    return saved;
  });

  await test.step('the gate wants its proofs, and takes each once', async () => {
    const { name: _, ...jwk } = key;
    const { proof, ask } = await client(url, jwk);
    expect((await verify(url, secret)).status).toBe(401);
    const one = await proof(secret);
    expect((await ask(secret, one)).headers['x-token-id']).toBe(id);
    expect((await ask(secret, one)).headers['www-authenticate']).toContain('invalid_dpop_proof');
    expect((await ask(secret, await proof(secret))).status).toBe(200);
  });

  await test.step('the private key was sent nowhere, and is nowhere on the page', async () => {
    expect(sent.join('\n')).toContain(key.x);
    expect(sent.join('\n')).not.toContain(key.d);
    expect(await page.content()).not.toContain(key.d);
    expect(await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state]))).not.toContain(key.d);
  });

  await test.step('its page has the thumbprint and how to make proofs', async () => {
    await page.goto(`/tokens/${id}`);
    await expect(page.getByRole('article').getByText(/^[\w-]{43}$/)).toBeVisible();
    await expect(page.getByText('node proof.mjs GET')).toBeVisible();
    await page.getByRole('link', { name: 'Python' }).click();
    await expect(page.getByText('jwt.encode')).toBeVisible();
  });

  await test.step('unbound, the value is enough again; the log has it all', async () => {
    await page.goto(`/tokens/${id}`);
    const dialog = await choose(page, 'Billing / EU', 'Unbind');
    await dialog.getByRole('button', { name: 'Unbind', exact: true }).click();
    await expect(dialog).toBeHidden();
    await expect(page.getByText('None: the value is enough')).toBeVisible();
    expect((await verify(url, secret)).status).toBe(200);
    await expect(async () => {
      await page.goto('/audit');
      const row = (text: string) => page.getByRole('row').filter({ hasText: text });
      await expect(row('token.bound')).toHaveCount(1, { timeout: 500 });
      await expect(row('token.unbound')).toHaveCount(1, { timeout: 500 });
      await expect(row('Sent twice')).toHaveCount(1, { timeout: 500 });
      await expect(row('No valid proof')).toHaveCount(1, { timeout: 500 });
    }).toPass();
  });
});

test('a public key is brought along when a token is generated; a private one is refused and not sent', async ({
  signedIn,
  shared: { url },
}) => {
  const { page } = await signedIn('member');
  await page.goto('/tokens');
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = (await exportJWK(privateKey)) as Jwk;
  const sent: string[] = [];
  page.on('request', (request) => sent.push(request.postData() ?? ''));

  await page.getByRole('button', { name: 'Generate token' }).click();
  const dialog = page.getByRole('dialog', { name: 'Generate token' });
  await dialog.getByLabel('Name', { exact: true }).fill('Deploy');
  await dialog.getByRole('button', { name: 'Scopes, addresses, limit and key' }).click();
  await dialog.getByLabel('Key', { exact: true }).selectOption('Paste a public key (JWK)');
  const field = dialog.getByLabel('Public key');
  for (const [text, words] of [
    [JSON.stringify(jwk), /This is a private key/],
    ['-----BEGIN PRIVATE KEY-----\nMIGHAgEA\n-----END PRIVATE KEY-----', /This is a private key/],
    ['{"kty":"oct","k":"c2VjcmV0"}', /shared secret/],
    ['ssh-ed25519 AAAA', /not a JWK/],
    ['', /Fill in this field/],
    [JSON.stringify({ ...(await exportJWK(publicKey)), y: jwk.x }), /not a public key/],
  ] as const) {
    await field.fill(text);
    await dialog.getByRole('button', { name: 'Generate', exact: true }).click();
    await expect(field).toHaveAccessibleDescription(words);
    await expect(field).toBeFocused();
  }
  expect(sent.join('\n')).not.toContain(jwk.d);
  expect(sent.join('\n')).not.toContain('c2VjcmV0');
  await field.fill(JSON.stringify(await exportJWK(publicKey), null, 2));
  await dialog.getByRole('button', { name: 'Generate', exact: true }).click();
  await expect(dialog).toBeHidden();
  const secret = await shownValue(page);
  await expect(newToken(page)).toContainText('each request needs a proof as well');
  await expect(rowOf(page, 'Deploy')).toContainText('bound to key');
  expect((await verify(url, secret)).status).toBe(401);
  const { proof, ask } = await client(url, jwk);
  expect((await ask(secret, await proof(secret))).status).toBe(200);
});

test('an administrator binds somebody else’s token, and changes its key', async ({ signedIn, shared: { url } }) => {
  const { person } = await signedIn('member');
  const { secret } = await createToken(actorOf(person), { name: 'Theirs', description: '', expiration: { kind: 'never' } });
  const { page } = await signedIn('admin');
  await page.goto(`/users/${person.id}`);
  for (const [action, verb] of [
    ['Bind to a key', 'Bind'],
    ['Change key', 'Change'],
  ] as const) {
    const dialog = await choose(page, 'Theirs', action);
    await dialog.getByRole('button', { name: 'Make a key' }).click();
    const { name: _, ...key } = await saveKey(page);
    await dialog.getByRole('button', { name: verb, exact: true }).click();
    await expect(dialog).toBeHidden();
    const { proof, ask } = await client(url, key);
    expect((await ask(secret, await proof(secret))).status).toBe(200);
  }
});

test('over plain HTTP, where browsers make no keys, the dialog says so and takes a public one', async ({ ownServer, launchOptions }) => {
  const host = 'latchkey.test';
  const { url } = await ownServer((port) => ({
    ADMIN_EMAIL: FIRST_ADMIN.email,
    ADMIN_PASSWORD: FIRST_ADMIN.password,
    BASE_URL: `http://${host}:${port}`,
  }));
  const args = [...(launchOptions.args ?? []), `--host-resolver-rules=MAP ${host} 127.0.0.1`];
  const browser = await chromium.launch({ ...launchOptions, args });
  const page = await (await browser.newContext({ locale: 'en-GB' })).newPage();
  await page.goto(`${url}/login`);
  await signIn(page, FIRST_ADMIN);
  await page.goto(`${url}/tokens`);
  await page.getByRole('button', { name: 'Generate token' }).first().click();
  const create = page.getByRole('dialog', { name: 'Generate token' });
  await create.getByLabel('Name', { exact: true }).fill('Carried');
  await create.getByRole('button', { name: 'Generate', exact: true }).click();
  await expect(create).toBeHidden();
  const dialog = await choose(page, 'Carried', 'Bind to a key');
  await expect(dialog.getByText('Browsers make keys only on pages opened over HTTPS')).toBeVisible();
  await expect(dialog.getByRole('button', { name: 'Make a key' })).toBeHidden();
  await dialog.getByLabel('Key', { exact: true }).selectOption('Paste a public key (JWK)');
  const { publicKey } = await generateKeyPair('EdDSA', { extractable: true });
  await dialog.getByLabel('Public key').fill(JSON.stringify(await exportJWK(publicKey)));
  await dialog.getByRole('button', { name: 'Bind', exact: true }).click();
  await expect(dialog).toBeHidden();
  await expect(rowOf(page, 'Carried')).toContainText('bound to key');
  await browser.close();
});
