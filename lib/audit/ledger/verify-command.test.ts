import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exportAuditEvents } from '@/lib/audit/export';
import { evidenceOf } from '@/lib/audit/ledger/evidence';
import { type Checkpoint, formatKey, readNote, signerOf, signNote } from '@/lib/audit/ledger/note';
import { record } from '@/lib/audit/record';
import { withClient } from '@/lib/boot/roles';
import { db, transaction } from '@/lib/db';
import { deriveKeys } from '@/lib/keys';
import { createActor, testDatabase } from '@/lib/testing/database';
import { sealAll, testSigner } from '@/lib/testing/ledger';

const database = testDatabase();
let folder: string;
let notes: string[];
let key: string;

const place = (name: string) => join(folder, name);

/** What `npm run audit:verify` says, and ends with; without a database or any setting. */
async function verify(...args: string[]): Promise<[code: number, said: string]> {
  const command = promisify(execFile)(process.execPath, ['scripts/latchkey.mjs', 'run', 'scripts/audit-verify.ts', '--key', key, ...args], {
    env: { NODE_ENV: 'test', PATH: process.env.PATH },
  });
  return command.then(
    ({ stdout }) => [0, stdout],
    ({ code, stdout, stderr }) => [code, stdout + stderr],
  );
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-verify-'));
  key = formatKey(testSigner().verifier);
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 5; n++) await transaction((tx, now) => record(tx, now, 'system', { event: 'user.updated' }));
    await sealAll();
  }
  notes = (await db().auditCheckpoint.findMany({ orderBy: { number: 'asc' } })).map(({ note }) => note);
  const [first, , last] = notes as [string, string, string];
  const kept = readNote(first) as Checkpoint;
  const forged = signNote({ ...kept, root: Buffer.alloc(32) }, testSigner());
  const foreign = signNote(kept, signerOf(deriveKeys(Buffer.alloc(32, 9))));
  const { id } = await db().auditEvent.findFirstOrThrow({ orderBy: { id: 'asc' } });
  const auditor = await createActor('auditor');
  const exported = async (earlier: bigint[]) => {
    const { body } = await exportAuditEvents(auditor, {}, 'proofs', async () => true, earlier);
    await sealAll();
    return new Response(body).text();
  };
  const evidence = (earlier: bigint[]) => withClient(database.url, (client) => evidenceOf(client, id, { earlier }));
  const files = {
    'kept.txt': `${first}\n${last}`,
    'one.txt': first,
    'forged.txt': forged,
    'foreign.txt': foreign,
    'nonsense.txt': 'a\n1\nb\n\n— c d\n',
    'plain.ndjson': await exported([]),
    'export.ndjson': await exported([kept.size]),
    'plain.evidence': JSON.stringify(await evidence([])),
    'evidence.ndjson': JSON.stringify(await evidence([kept.size])),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(place(name), text);
});

afterAll(() => rm(folder, { recursive: true }));

test.each([
  ['--export', 'export.ndjson', 'plain.ndjson'],
  ['--evidence', 'evidence.ndjson', 'plain.evidence'],
])('audit:verify %s compares with checkpoints that were kept elsewhere, offline, and never only seems to', async (what, file, plain) => {
  const check = (name: string, kept: string) => verify(what, place(name), '--checkpoint', place(kept));
  expect(await check(file, 'one.txt')).toEqual([0, expect.stringContaining('log continues the checkpoint of')]);
  expect(await check(file, 'kept.txt')).toEqual([0, expect.stringContaining('Of 1 other checkpoints')]);
  expect(await check(file, 'forged.txt')).toEqual([1, expect.stringContaining('does not continue the checkpoint of')]);
  expect(await check(file, 'foreign.txt')).toEqual([1, expect.stringContaining('is not signed by')]);
  // What cannot be applied is refused, not left out.
  expect(await check(plain, 'one.txt')).toEqual([2, expect.stringContaining('has nothing that shows')]);
  expect(await check(file, 'nonsense.txt')).toEqual([2, expect.stringContaining('no checkpoint')]);
  expect(await check(file, 'missing.txt')).toEqual([2, expect.stringContaining('cannot be read')]);
  expect(await verify(what, place(plain))).toEqual([0, expect.any(String)]);
});
