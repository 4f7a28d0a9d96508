import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, expect, test } from 'vitest';
import { lockFolder } from '@/lib/boot/lock';
import { startEmbedded } from '@/lib/boot/postgres';
import { binaries } from '@/lib/boot/postgres-binaries';
import { launcher } from '@/lib/boot/postgres-launch';
import { withClient } from '@/lib/boot/roles';
import { connectionsWanted } from '@/lib/db';

const log = pino({ level: 'silent' });
const dataDir = await mkdtemp(join(tmpdir(), 'latchkey-pg-'));
afterAll(() => rm(dataDir, { recursive: true, force: true }));

const query = (url: string, text: string) => withClient(url, async (client) => (await client.query(text)).rows);

test('the embedded database keeps what was committed through a kill -9 of itself, and comes back alone', async () => {
  const postgres = await startEmbedded(dataDir, log);
  await query(postgres.url, 'CREATE TABLE kept (n int)');
  await query(postgres.url, 'INSERT INTO kept VALUES (1)');
  const pid = postgres.pid();
  process.kill(pid as number, 'SIGKILL');
  await expect.poll(() => query(postgres.url, 'SELECT n FROM kept').catch(() => []), { timeout: 15_000 }).toEqual([{ n: 1 }]);
  expect(postgres.pid()).not.toBe(pid);
  await postgres.stop();
});

test('a server that a crash left behind is ended first, and so is a lock file that names a stranger', async () => {
  const cluster = join(dataDir, 'postgres');
  const { bin, spawn } = await launcher(dataDir, await binaries(), log);
  const left = spawn(bin.postgres, ['-D', cluster, '-c', 'listen_addresses=', '-c', `unix_socket_directories=${join(dataDir, 'run')}`]);
  const ended = new Promise((done) => left.once('exit', done));
  await expect.poll(() => readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => ''), { timeout: 10_000 }).toContain('ready');
  const again = await startEmbedded(dataDir, log);
  await ended;
  expect(await query(again.url, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
  await again.stop();

  await writeFile(join(dataDir, 'postgres', 'postmaster.pid'), `${process.pid}\n`);
  const third = await startEmbedded(dataDir, log);
  expect(await query(third.url, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
  await third.stop();
});

test('the server is durable, reached through a private socket only, and its owner is no superuser', async () => {
  const postgres = await startEmbedded(dataDir, log);
  const settings = Object.fromEntries(
    (
      await query(
        postgres.url,
        `SELECT name, setting FROM pg_settings WHERE name IN ('fsync','synchronous_commit','full_page_writes','listen_addresses')`,
      )
    ).map(({ name, setting }) => [name, setting]),
  );
  expect(settings).toEqual({ fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on', listen_addresses: '' });
  expect(await query(postgres.url, 'SELECT rolsuper FROM pg_roles WHERE rolname = current_user')).toEqual([{ rolsuper: false }]);
  expect((await stat(join(dataDir, 'run'))).mode & 0o777).toBe(0o700);
  expect((await stat(join(dataDir, 'postgres-password'))).mode & 0o777).toBe(0o600);
  expect(await readFile(join(dataDir, 'postgres-password'), 'utf8')).toMatch(/^[0-9a-f]{48}$/);
  await postgres.stop();
});

test('a folder has one Latchkey at a time', async () => {
  const lock = await lockFolder(dataDir);
  await expect(lockFolder(dataDir)).rejects.toThrow(/Another Latchkey is running/);
  await new Promise((closed) => lock.close(closed));
  (await lockFolder(dataDir)).close();
});

test('the server allows as many connections as the most processes that serve may want', async () => {
  const wanted = connectionsWanted(64);
  expect(wanted).toBeGreaterThan(64 * 8);
  const postgres = await startEmbedded(dataDir, log, wanted);
  expect(await query(postgres.url, 'SHOW max_connections')).toEqual([{ max_connections: String(wanted) }]);
  await postgres.stop();
});
