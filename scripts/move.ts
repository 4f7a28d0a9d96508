// npm run move: copies the embedded database in DATA_DIR into the PostgreSQL of DATABASE_URL. Latchkey must not be running.
import { join } from 'node:path';
import { lockFolder } from '@/lib/boot/lock';
import { createLog } from '@/lib/boot/log';
import { migrate } from '@/lib/boot/migrate';
import { copyDatabase } from '@/lib/boot/move';
import { startEmbedded } from '@/lib/boot/postgres';
import { loadSecretKey } from '@/lib/boot/secret-key';
import { parseEnv, SettingsError } from '@/lib/env';
import { deriveKeys } from '@/lib/keys';

async function main(): Promise<void> {
  const { DATABASE_URL, ...rest } = process.env;
  if (!DATABASE_URL) throw new SettingsError('DATABASE_URL: name the database to move into.');
  // The key is the embedded database's own, unless it has been given all along.
  const env = parseEnv(rest);
  const log = createLog({ logLevel: 'warn' });
  const lock = await lockFolder(env.dataDir);
  const postgres = await startEmbedded(env.dataDir, log);
  try {
    const keyId = deriveKeys(await loadSecretKey(env)).id;
    for (const url of [postgres.url, DATABASE_URL]) await migrate(url, keyId, process.cwd(), log);
    const copied = await copyDatabase(postgres.url, DATABASE_URL);
    for (const { table, rows } of copied) console.log(`${String(rows).padStart(12)}  ${table}`);
    const keyFile = env.secretKeyFile ?? join(env.dataDir, 'secret-key');
    const key = env.secretKey ? 'SECRET_KEY stays as it is' : `SECRET_KEY_FILE=${keyFile}`;
    console.log(`\nMoved. Start Latchkey with DATABASE_URL and ${key}. The embedded database was not changed.`);
  } finally {
    await postgres.stop();
    lock.close();
  }
}

main().catch((error: Error) => {
  process.stderr.write(`\nNothing was moved.\n${error.message}\n`);
  process.exit(1);
});
