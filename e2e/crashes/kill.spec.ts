import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { signerOf } from '@/lib/audit/ledger/note';
import { verifyLedger } from '@/lib/audit/ledger/verify';
import { deriveKeys } from '@/lib/keys';
import { databaseUrl } from '../support/database';
import { send } from '../support/http';
import { FIRST_ADMIN } from '../support/people';
import { expect, test } from '../support/test';
import { Ledger } from './ledger';
import { putUnderLoad } from './load';

const ADMIN = { ADMIN_EMAIL: FIRST_ADMIN.email, ADMIN_PASSWORD: FIRST_ADMIN.password };
/** A long run: see CONTRIBUTING.md. */
const KILLS = Number(process.env.KILLS ?? 3);
const DATABASE_KILLS = Math.ceil(KILLS / 4);

async function withDatabase<T>(dataDir: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: await databaseUrl(dataDir) });
  await client.connect();
  return work(client).finally(() => client.end());
}

/** The ledger under the log is whole: every event sealed once and as it is stored, or waiting to be. */
async function verifyLog(dataDir: string): Promise<void> {
  const secretKey = Buffer.from((await readFile(join(dataDir, 'secret-key'), 'utf8')).trim(), 'base64');
  const { verifier } = signerOf(deriveKeys(secretKey));
  const found = await withDatabase(dataDir, (events) => withDatabase(dataDir, (side) => verifyLedger(events, side, { verifier })));
  expect(found.problems).toEqual([]);
  expect(found.leaves).toBeGreaterThan(0n);
}

/** How much was reconciled, for who reads a long run. */
function note({ operations, passed }: Ledger): void {
  console.log(`${operations} operations and ${passed.length} accesses reconciled`);
}

test(`kill -9 of the server under load, ${KILLS} times: nothing acknowledged is lost or doubled, nothing is half done`, async ({
  ownServer,
}) => {
  test.setTimeout(60_000 + KILLS * 60_000);
  const ledger = new Ledger();
  for (let kill = 0; kill < KILLS; kill++) {
    const server = await ownServer(ADMIN);
    const before = ledger.passed.length;
    const load = await putUnderLoad(server.url, ledger);
    await expect.poll(() => ledger.passed.length, { timeout: 120_000 }).toBeGreaterThan(before + 40);
    // Not at a moment of our choosing.
    await pause(randomInt(400));
    await server.end('SIGKILL');
    await load.stop();
  }
  const { dataDir } = await ownServer(ADMIN);
  await withDatabase(dataDir, (client) => ledger.reconcile(client));
  await verifyLog(dataDir);
  note(ledger);
});

test(`kill -9 of the embedded database, ${DATABASE_KILLS} times: it comes back by itself within 15 s, and nothing acknowledged is lost`, async ({
  ownServer,
}) => {
  test.setTimeout(60_000 + DATABASE_KILLS * 60_000);
  const { url, dataDir } = await ownServer(ADMIN);
  const ledger = new Ledger();
  const load = await putUnderLoad(url, ledger);
  for (let kill = 0; kill < DATABASE_KILLS; kill++) {
    const before = ledger.passed.length;
    await expect.poll(() => ledger.passed.length, { timeout: 120_000 }).toBeGreaterThan(before + 40);
    await pause(randomInt(400));
    const postmaster = Number((await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0]);
    process.kill(postmaster, 'SIGKILL');
    const killedAt = Date.now();
    await expect(async () => expect((await send(url, '/readyz')).status).toBe(503)).toPass({ intervals: [20] });
    const during = ledger.passed.length;
    await expect(async () => expect((await send(url, '/readyz')).status).toBe(200)).toPass({ timeout: 15_000, intervals: [100] });
    await expect.poll(() => ledger.passed.length, { timeout: 15_000 }).toBeGreaterThan(during);
    expect(Date.now() - killedAt).toBeLessThan(15_000);
  }
  await load.stop();
  await withDatabase(dataDir, (client) => ledger.reconcile(client));
  await verifyLog(dataDir);
  note(ledger);
});
