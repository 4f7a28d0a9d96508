import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { boundSnippets } from '@/components/token/dpop-snippets';
import { makeKey } from '@/components/tokens/key';
import { pool } from '@/lib/db';
import { createGate, type Gate } from '@/lib/gate/verify';
import { runtime } from '@/lib/runtime';
import { createActor, testDatabase } from '@/lib/testing/database';
import { createToken } from '@/lib/tokens/commands';

testDatabase();
const run = promisify(execFile);
const [PROGRAM = { text: '' }, SHELL = { text: '' }] = boundSnippets.curl;
let gate: Gate;
let server: Server;
let folder: string;
let url: string;
let env: NodeJS.ProcessEnv;
const answers: (number | undefined)[] = [];

beforeAll(async () => {
  gate = createGate(runtime(), pool());
  server = createServer((req, res) => {
    res.on('finish', () => answers.push(res.statusCode));
    gate.handle(req, res);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/verify`;
  // What a person has after "Make a key in this browser".
  const key = await makeKey();
  const token = await createToken(await createActor('member'), {
    name: 'bound',
    description: '',
    expiration: { kind: 'never' },
    publicKey: key.publicKey,
  });
  folder = await mkdtemp(join(tmpdir(), 'latchkey-snippets-'));
  await symlink(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'token.key.json'), key.privateText);
  env = { ...process.env, API_TOKEN: token.secret, API_KEY_FILE: join(folder, 'token.key.json') };
});
afterAll(async () => {
  await gate.drained();
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

const here = (text: string) => text.replaceAll('https://api.example.org/orders', url);

async function put(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), here(text));
  return name;
}

test('what the console shows for JavaScript passes the gate with the key that the console made', async () => {
  const [{ text } = { text: '' }] = boundSnippets.javascript;
  await run(process.execPath, [await put('client.mjs', text)], { cwd: folder, env });
  expect(answers.splice(0)).toEqual([200]);
});

test('what it shows for curl makes a proof for each call', async () => {
  await put('proof.mjs', PROGRAM.text);
  const script = here(SHELL.text).replace('curl ', 'curl -sS ');
  await run('sh', ['-ec', `${script}\n${script}`], { cwd: folder, env });
  expect(answers.splice(0)).toEqual([200, 200]);
});

test('what it shows for Python passes too, where its packages are installed', async ({ skip }) => {
  const python = process.env.PYTHON ?? 'python3';
  const isThere = await run(python, ['-c', 'import cryptography, jwt, requests']).then(
    () => true,
    () => false,
  );
  if (!isThere) skip('PyJWT, cryptography and requests are not installed');
  const [{ text } = { text: '' }] = boundSnippets.python;
  await run(python, [await put('client.py', text)], { cwd: folder, env });
  expect(answers.splice(0)).toEqual([200]);
});

test('docs/dpop.md shows the same', async () => {
  const page = await readFile('docs/dpop.md', 'utf8');
  for (const { text } of Object.values(boundSnippets).flat()) expect(page).toContain(text);
});
