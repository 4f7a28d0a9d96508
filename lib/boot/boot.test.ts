import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, expect, test } from 'vitest';
import { boot } from '@/lib/boot/boot';
import { makeFolder } from '@/lib/boot/files';
import { parseEnv } from '@/lib/env';

const folder = await mkdtemp(join(tmpdir(), 'latchkey-boot-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

const start = (dataDir: string) => boot(parseEnv({ NODE_ENV: 'test', DATA_DIR: dataDir }), pino({ level: 'silent' }), process.cwd());

test.runIf(process.platform === 'linux')('a DATA_DIR that cannot be made is refused by name, at once', async () => {
  await expect(start('/proc/x')).rejects.toThrow(/^DATA_DIR: \/proc\/x cannot be used: ENOENT/);
  await expect(start('/proc/x/y')).rejects.toThrow(/^DATA_DIR: \/proc\/x\/y cannot be used: ENOENT/);
});

test('a DATA_DIR that is a file, or lies in one, is refused by name', async () => {
  const file = join(folder, 'file');
  await writeFile(file, '');
  await expect(start(file)).rejects.toThrow(/^DATA_DIR: .*\/file cannot be used: EEXIST/);
  await expect(start(join(file, 'data'))).rejects.toThrow(/^DATA_DIR: .* cannot be used: ENOTDIR/);
});

test('what is wrong with a setting is said before a database is waited for', async () => {
  const away = { NODE_ENV: 'test', DATABASE_URL: 'postgres://127.0.0.1:1/x' };
  const startWith = (settings: Record<string, string>) =>
    boot(parseEnv({ ...away, ...settings }), pino({ level: 'silent' }), process.cwd());
  await expect(startWith({ SECRET_KEY: 'short' })).rejects.toThrow(/^SECRET_KEY: must be at least 32 random bytes/);
  const SECRET_KEY = Buffer.alloc(32, 7).toString('base64');
  const nowhere = join(folder, 'nowhere', 'checkpoints');
  await expect(startWith({ SECRET_KEY, CHECKPOINT_FILE: nowhere })).rejects.toThrow(/^CHECKPOINT_FILE: cannot be written to: ENOENT/);
  const file = join(folder, 'no-folder');
  await writeFile(file, '');
  await expect(startWith({ SECRET_KEY, SINK_DIR: file })).rejects.toThrow(/^SINK_DIR: cannot be written to: EEXIST/);
});

test('a folder is made with those above it, for its owner only; one that is there is left', async () => {
  const path = join(folder, 'a', 'b', 'c');
  await makeFolder(path);
  await makeFolder(path);
  expect((await stat(path)).mode & 0o777).toBe(0o700);
});
