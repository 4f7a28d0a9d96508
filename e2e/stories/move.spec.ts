import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@playwright/test';
import pino from 'pino';
import { startEmbedded } from '@/lib/boot/postgres';
import { Console } from '../support/console';
import { verify } from '../support/http';
import { FIRST_ADMIN } from '../support/people';
import { newDataDir, startServer } from '../support/server';

const SCRIPT = join(resolve(import.meta.dirname, '../..'), 'scripts', 'latchkey.mjs');

test('a move takes tokens, people, sessions and the log from the embedded database into another PostgreSQL', async () => {
  const [old, other] = await Promise.all([newDataDir(), newDataDir()]);
  const admin = { ADMIN_EMAIL: FIRST_ADMIN.email, ADMIN_PASSWORD: FIRST_ADMIN.password };
  const before = await startServer({ dataDir: old.path, env: admin });
  const person = new Console(before.url);
  await person.signIn(FIRST_ADMIN);
  const input = { name: 'travels', description: '', expiration: { kind: 'never' } };
  const token = await person.act<{ secret: string }>('createTokenAction', '/tokens', input);
  if (!token.ok) throw new Error(token.error.code);
  expect((await verify(before.url, token.data.secret)).status).toBe(200);
  await before.end('SIGTERM');

  const postgres = await startEmbedded(other.path, pino({ level: 'silent' }));
  const DATABASE_URL = postgres.url;
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, NODE_ENV: 'production' as const, DATA_DIR: old.path, DATABASE_URL };
  const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, 'run', 'scripts/move.ts'], {
    env,
    cwd: resolve(SCRIPT, '../..'),
  });
  expect(stdout).toMatch(/ 1 {2}token\n/);
  expect(stdout).toContain('Moved.');

  const after = await startServer({ dataDir: old.path, env: { DATABASE_URL, SECRET_KEY_FILE: join(old.path, 'secret-key') } });
  expect((await verify(after.url, token.data.secret)).status).toBe(200);
  await new Console(after.url).signIn(FIRST_ADMIN);
  const settings = { ...env, SECRET_KEY_FILE: join(old.path, 'secret-key') };
  const verified = await promisify(execFile)(process.execPath, [SCRIPT, 'run', 'scripts/audit-verify.ts'], {
    env: settings,
    cwd: resolve(SCRIPT, '../..'),
  });
  expect(verified.stdout).toContain('The log is what was signed');
  await after.end('SIGTERM');
  await postgres.stop();
  await Promise.all([old.remove(), other.remove()]);
});
