import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { withClient } from '@/lib/boot/roles';
import { checkKey, loadSecretKey } from '@/lib/boot/secret-key';
import { parseEnv, SettingsError } from '@/lib/env';
import { testDatabase } from '@/lib/testing/database';

const GOOD = Buffer.alloc(32, 1).toString('base64');
let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'latchkey-key-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const load = (settings: Record<string, string> = {}) => loadSecretKey(parseEnv({ DATA_DIR: dataDir, ...settings }));

describe('SECRET_KEY', () => {
  test('is made once, readable by its owner only, and the same from then on', async () => {
    const made = await load();
    expect(made).toHaveLength(32);
    expect((await stat(join(dataDir, 'secret-key'))).mode & 0o777).toBe(0o600);
    expect(await load()).toEqual(made);
  });

  test('is never made anew beside existing data', async () => {
    await mkdir(join(dataDir, 'postgres'));
    await expect(load()).rejects.toThrow(/missing beside existing data/);
    await expect(readFile(join(dataDir, 'secret-key'))).rejects.toThrow('ENOENT');
  });

  test('comes from the setting or its file, before any file of our own', async () => {
    expect(await load({ SECRET_KEY: GOOD })).toEqual(Buffer.alloc(32, 1));
    const path = join(dataDir, 'mine');
    await writeFile(path, `${GOOD}\n`);
    expect(await load({ SECRET_KEY_FILE: path })).toEqual(Buffer.alloc(32, 1));
    await expect(load({ SECRET_KEY_FILE: join(dataDir, 'absent') })).rejects.toThrow(/^SECRET_KEY_FILE: cannot be read/);
  });

  test.each([
    ['short', Buffer.alloc(31).toString('base64')],
    ['not base64', '!'.repeat(60)],
    ['words', 'my secret key is a sentence that is long enough'],
  ])('that is %s is refused by name', async (_what, key) => {
    await expect(load({ SECRET_KEY: key })).rejects.toThrow(/^SECRET_KEY: must be at least 32 random bytes/);
  });
});

describe('the key of a database', () => {
  const database = testDatabase();

  test('is the one that made it; another is refused', async () => {
    await withClient(database.adminUrl, async (client) => {
      const { rows } = await client.query('SELECT key_id FROM key_check');
      await checkKey(client, rows[0].key_id);
      await expect(checkKey(client, 'ffffffffffffffff')).rejects.toThrow(SettingsError);
      expect((await client.query('SELECT count(*)::int AS n FROM key_check')).rows[0].n).toBe(1);
    });
  });
});
