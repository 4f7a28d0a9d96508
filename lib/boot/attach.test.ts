import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { attach } from '@/lib/boot/attach';
import { lockFolder } from '@/lib/boot/lock';
import { startEmbedded } from '@/lib/boot/postgres';
import { withClient } from '@/lib/boot/roles';
import { parseEnv } from '@/lib/env';

const log = pino({ level: 'silent' });
let dataDir = '';

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'latchkey-attach-'));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

const whoAmI = (url: string) => withClient(url, async (client) => (await client.query('SELECT current_user AS name')).rows[0].name);

test('a command finds the database of a Latchkey that runs, and leaves it running; without one it starts and stops it', async () => {
  const env = parseEnv({ DATA_DIR: dataDir });
  await expect(attach(env, log)).rejects.toThrow('there is no database in');

  const lock = await lockFolder(dataDir);
  const postgres = await startEmbedded(dataDir, log);
  const beside = await attach(env, log);
  expect(await whoAmI(beside.url)).toBe('latchkey');
  await beside.close();
  expect(await whoAmI(beside.url)).toBe('latchkey');
  await postgres.stop();
  lock.close();

  const alone = await attach(env, log);
  expect(await whoAmI(alone.url)).toBe('latchkey');
  await alone.close();
  await expect(whoAmI(alone.url)).rejects.toThrow();
});
