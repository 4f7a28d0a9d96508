// npm run audit:verify: recomputes the log and compares it with its signed checkpoints; docs/audit-integrity.md. Ends with 0 when all is
// well, 1 when something is wrong, 2 when it could not look.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { isEvidence } from '@/lib/audit/ledger/evidence';
import { formatKey, parseKey, readNote, signerOf, splitNotes, type Verifier } from '@/lib/audit/ledger/note';
import { checkProofFile } from '@/lib/audit/ledger/proof-file';
import { type Verification, verifyLedger } from '@/lib/audit/ledger/verify';
import { keepVerification } from '@/lib/audit/verification/result';
import { attach } from '@/lib/boot/attach';
import { createLog } from '@/lib/boot/log';
import { withClient } from '@/lib/boot/roles';
import { loadSecretKey } from '@/lib/boot/secret-key';
import { closeDatabase } from '@/lib/db';
import { type Env, parseEnv } from '@/lib/env';
import { deriveKeys, type Keys } from '@/lib/keys';
import { installRuntime } from '@/lib/runtime';

const USAGE = `npm run audit:verify -- [--key KEY] [--checkpoint FILE]… [--evidence FILE] [--export FILE]
  --key KEY          trust this public key (name+hint+key) and no other; without it, the one that derives from SECRET_KEY
  --checkpoint FILE  checkpoints that were kept elsewhere: the log must begin with what each states
  --evidence FILE    checks evidence, one on each line, without a database; needs --key
  --export FILE      checks an export as NDJSON with proofs, without a database; needs --key`;

async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      key: { type: 'string' },
      checkpoint: { type: 'string', multiple: true },
      evidence: { type: 'string' },
      export: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return say(USAGE);
  const pinned = values.key === undefined ? undefined : parseKey(values.key);
  if (pinned === null) throw new Error('--key: this is not a public key as Latchkey prints it: name+hint+key');
  if (values.evidence !== undefined) {
    if (!pinned) throw new Error('--evidence: say with --key whose signature counts');
    return checkEvidence(await readFile(values.evidence, 'utf8'), pinned);
  }
  if (values.export !== undefined) {
    if (!pinned) throw new Error('--export: say with --key whose signature counts');
    return checkExport(values.export, pinned);
  }
  const kept = (await Promise.all((values.checkpoint ?? []).map(readNotes))).flat();
  // Whoever brings a key needs no SECRET_KEY: an auditor has none.
  const given = pinned && !process.env.SECRET_KEY_FILE ? { SECRET_KEY: randomBytes(32).toString('base64') } : {};
  const env = parseEnv(process.env.DATABASE_URL ? { ...given, ...process.env } : process.env);
  const log = createLog({ logLevel: 'warn' });
  const keys = deriveKeys(await loadSecretKey(env));
  const database = await attach(env, log);
  try {
    const verifier = pinned ?? signerOf(keys).verifier;
    const started = performance.now();
    const found = await withClient(database.url, (events) =>
      withClient(database.url, (side) => verifyLedger(events, side, { verifier, kept, onProgress })),
    );
    report(found, verifier, kept.length, (performance.now() - started) / 1000);
    await note(env, keys, database.url, found, !pinned);
    return found.problems.length === 0;
  } finally {
    await closeDatabase();
    await database.close();
  }
}

function say(text: string): true {
  console.log(text);
  return true;
}

async function readNotes(file: string): Promise<string[]> {
  const notes = splitNotes(await readFile(file, 'utf8'));
  if (notes.length === 0) throw new Error(`--checkpoint: there is no checkpoint in ${file}`);
  return notes;
}

function onProgress(done: bigint, total: bigint): void {
  if (done % 4096n === 0n && process.stderr.isTTY) process.stderr.write(`\r${(done * 100n) / (total || 1n)} % of ${total} leaves`);
}

function report(found: Verification, verifier: Verifier, kept: number, seconds: number): void {
  const { leaves, events, pending, checkpoints, last, late, problems, prunes } = found;
  const count = (n: number | bigint) => n.toLocaleString('en');
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  console.log(`${count(events)} events in ${count(leaves)} leaves, ${count(checkpoints)} checkpoints, in ${seconds.toFixed(1)} s`);
  if (kept > 0) console.log(`${count(kept)} checkpoints that were kept elsewhere`);
  if (pending > 0) console.log(`${count(pending)} events are not yet sealed`);
  for (const { eventId, at, kind, before, events: gone } of prunes)
    console.log(
      `${count(gone)} ${kind === 'access' ? 'accesses' : 'operations'} from before ${before.toISOString()} were pruned on ${at.toISOString()} (event ${eventId})`,
    );
  if (late > 0)
    console.log(
      `${count(late)} events were sealed more than an hour after the time that they bear: history that was loaded, or a false date`,
    );
  console.log(`signed by ${formatKey(verifier)}`);
  const stated = last ? readNote(last) : null;
  if (problems.length === 0) {
    if (last) console.log(`\nThe last checkpoint; keep it elsewhere, and give it to --checkpoint another time:\n\n${last}`);
    console.log(`The log is what was signed${stated ? `, up to ${stated.at.toISOString()}` : ''}.`);
    return;
  }
  console.log(
    `\nTHE LOG IS NOT WHAT WAS SIGNED. ${problems.length === 1 ? 'One problem' : `${problems.length} problems`}, the first place first:`,
  );
  for (const { detail, leaf, from, to } of problems) {
    const place = leaf === null ? '' : `leaf ${leaf}: `;
    const time = from || to ? ` (${from?.toISOString() ?? '…'} to ${to?.toISOString() ?? '…'})` : '';
    console.log(`- ${place}${detail}${time}`);
  }
}

/** That it was looked at, and what was found, is an event too. */
async function note(env: Env, keys: Keys, databaseUrl: string, found: Verification, isOurs: boolean): Promise<void> {
  installRuntime({ env, keys, log: createLog({ logLevel: 'silent' }), databaseUrl, ledgerUrl: databaseUrl });
  await keepVerification(found, isOurs).catch((error: Error) =>
    console.error(`That it was verified could not be recorded: ${error.message}`),
  );
}

function checkEvidence(text: string, verifier: Verifier): boolean {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const bad = lines.flatMap((line, n) => (isEvidence(parsed(line), verifier) ? [] : [n + 1]));
  console.log(`${lines.length - bad.length} of ${lines.length} events were in the log that ${verifier.name} signed`);
  for (const n of bad) console.log(`- line ${n} does not hold`);
  return bad.length === 0;
}

/** A file of any size: line by line. */
async function checkExport(file: string, verifier: Verifier): Promise<boolean> {
  const input = createReadStream(file);
  await once(input, 'open');
  const { events, unsealed, checkpoint, broken } = await checkProofFile(createInterface({ input, crlfDelay: Infinity }), verifier);
  const count = (n: number) => n.toLocaleString('en');
  if (broken) {
    console.log(`THE FILE DOES NOT HOLD. Its first broken place is line ${broken.line}: ${broken.why}.`);
    return false;
  }
  console.log(`${count(events)} events, as ${verifier.name} signed; the file is whole.`);
  if (checkpoint)
    console.log(`They were in the log by ${checkpoint.at.toISOString()} (checkpoint ${checkpoint.number}, ${checkpoint.size} leaves).`);
  if (unsealed > 0) console.log(`${count(unsealed)} OF THEM WERE NOT YET SEALED: nothing but the file's own signature is proof of those.`);
  return unsealed === 0;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

main().then(
  (isWell) => process.exit(isWell ? 0 : 1),
  (error: Error) => {
    process.stderr.write(`\nThe log was not verified.\n${error.message}\n`);
    process.exit(2);
  },
);
