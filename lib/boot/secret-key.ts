import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from 'pg';
import { exists, writePrivate } from '@/lib/boot/files';
import { type Env, SettingsError } from '@/lib/env';

const SHORTEST = 32;

/**
 * The bytes of SECRET_KEY: from the setting, its file, or (with the embedded database) `DATA_DIR/secret-key`, which is made
 * when there is no database yet. Refuses a bad one, and a missing one beside existing data.
 */
export async function loadSecretKey(env: Env): Promise<Buffer> {
  if (env.secretKey) return decode('SECRET_KEY', env.secretKey);
  if (env.secretKeyFile) {
    const content = await readFile(env.secretKeyFile, 'utf8').catch((error: Error) => {
      throw new SettingsError(`SECRET_KEY_FILE: cannot be read: ${error.message}`);
    });
    return decode('SECRET_KEY_FILE', content.trim());
  }
  const path = join(env.dataDir, 'secret-key');
  if (!(await exists(path))) {
    if (await exists(join(env.dataDir, 'postgres'))) {
      throw new SettingsError(
        `SECRET_KEY: ${path} is missing beside existing data. Restore it, or set the SECRET_KEY that the data was made with.`,
      );
    }
    await writePrivate(path, randomBytes(SHORTEST).toString('base64'));
  }
  return decode(path, (await readFile(path, 'utf8')).trim());
}

function decode(name: string, text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  const isBase64 = /^[A-Za-z0-9+/_-]+={0,2}$/.test(text);
  if (!isBase64 || bytes.length < SHORTEST)
    throw new SettingsError(`${name}: must be at least ${SHORTEST} random bytes in base64. Make one with: openssl rand -base64 32`);
  return bytes;
}

/** Remembers by which key this database was made, and refuses another one: all of its tokens would stop working. */
export async function checkKey(client: Client, keyId: string): Promise<void> {
  await client.query('INSERT INTO key_check (key_id, created_at) SELECT $1, clock_timestamp() WHERE NOT EXISTS (SELECT 1 FROM key_check)', [
    keyId,
  ]);
  const known = await client.query('SELECT 1 FROM key_check WHERE key_id = $1', [keyId]);
  if (known.rowCount === 0)
    throw new SettingsError(
      'SECRET_KEY: is not the one that this database was made with. Set the right one: with another, no token would pass.',
    );
}
