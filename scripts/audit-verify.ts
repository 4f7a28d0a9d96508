// npm run audit:verify: recomputes the log and compares it with its signed checkpoints; docs/audit-integrity.md. Ends with 0 when all is
// well, 1 when something is wrong, 2 when it could not look.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { continuedByEvidence, isEvidence } from '@/lib/audit/ledger/evidence';
import { type Checkpoint, formatKey, isSignedBy, parseKey, readNote, signerOf, type Verifier } from '@/lib/audit/ledger/note';
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
import { readCheckpoints } from '@/scripts/checkpoint-files';

const USAGE = `npm run audit:verify -- [--key KEY] [--checkpoint FILE]… [--evidence FILE] [--export FILE]
  --key KEY          trust this public key (name+hint+key) and no other; without it, the one that derives from SECRET_KEY
  --checkpoint FILE  checkpoints that were kept elsewhere: the log must begin with what each states; an export or evidence
                     must have been made for one of them
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
  if (values.evidence !== undefined && values.export !== undefined) throw new Error('--evidence and --export: one of them at a time');
  const kept = await readCheckpoints(values.checkpoint ?? []);
  if (values.evidence !== undefined) {
    if (!pinned) throw new Error('--evidence: say with --key whose signature counts');
    const text = await readFile(values.evidence, 'utf8');
    return areTrusted(kept, pinned) && checkEvidence(text, pinned, kept.map(stated));
  }
  if (values.export !== undefined) {
    if (!pinned) throw new Error('--export: say with --key whose signature counts');
    return areTrusted(kept, pinned) && checkExport(values.export, pinned, kept.map(stated));
  }
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

function stated(note: string): Checkpoint {
  return readNote(note) as Checkpoint;
}

/** Whether all of these are signed by that key; says of the first one that is not. */
function areTrusted(notes: readonly string[], verifier: Verifier): boolean {
  const other = notes.find((note) => !isSignedBy(note, verifier));
  if (other !== undefined) console.log(`A checkpoint that was kept elsewhere is not signed by ${verifier.name}'s key:\n\n${other}`);
  return other === undefined;
}

function onProgress(done: bigint, total: bigint): void {
  if (done % 4096n === 0n && process.stderr.isTTY) process.stderr.write(`\r${(done * 100n) / (total || 1n)} % of ${total} leaves`);
}

function report(found: Verification, verifier: Verifier, kept: number, seconds: number): void {
  const { leaves, events, pending, checkpoints, last, late, problems, prunes, setAside } = found;
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
  if (setAside > 0)
    console.log(
      `${count(setAside)} entries that waited to be sealed were set aside: something else than Latchkey wrote them, or removed their events (table audit_set_aside)`,
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

function checkEvidence(text: string, verifier: Verifier, kept: readonly Checkpoint[]): boolean {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const bad = lines.flatMap((line, n) => (isEvidence(parsed(line), verifier) ? [] : [n + 1]));
  console.log(`${lines.length - bad.length} of ${lines.length} events were in the log that ${verifier.name} signed`);
  for (const n of bad) console.log(`- line ${n} does not hold`);
  return bad.length === 0 && doContinue(lines, kept);
}

/** Whether the logs of this evidence, which holds, continue the kept checkpoints. */
function doContinue(lines: readonly string[], kept: readonly Checkpoint[]): boolean {
  if (kept.length === 0) return true;
  const found = lines.map((line) => continuedByEvidence(parsed(line), kept));
  const place = found.findIndex(({ contradicts }) => contradicts);
  if (place >= 0) {
    console.log(`- the log of line ${place + 1} does not continue ${named(found[place]?.contradicts as Checkpoint)}`);
    return false;
  }
  const [fewest] = [...found].sort((a, b) => a.shown.length - b.shown.length);
  sayContinued(fewest?.shown ?? [], kept, 'npm run audit:evidence -- --checkpoint FILE ID…');
  return true;
}

function named({ at, number }: Checkpoint): string {
  return `the checkpoint of ${at.toISOString()} (number ${number}) that was kept elsewhere`;
}

/** Which of the kept checkpoints a file was shown to continue. Throws when there is none: then they were not looked at. */
function sayContinued(shown: readonly Checkpoint[], kept: readonly Checkpoint[], remedy: string): void {
  if (kept.length === 0) return;
  const last = shown.reduce<Checkpoint | undefined>((a, b) => (a && a.size > b.size ? a : b), undefined);
  if (!last)
    throw new Error(
      `--checkpoint: the file itself holds, but has nothing that shows whether its log continues what was kept elsewhere. It can be made so: ${remedy}`,
    );
  const others = kept.length - shown.length;
  console.log(`Their log continues ${named(last)}.`);
  if (others > 0) console.log(`Of ${others} other checkpoints that were kept elsewhere the file tells nothing.`);
}

/** A file of any size: line by line. */
async function checkExport(file: string, verifier: Verifier, kept: readonly Checkpoint[]): Promise<boolean> {
  const input = createReadStream(file);
  await once(input, 'open');
  const found = await checkProofFile(createInterface({ input, crlfDelay: Infinity }), verifier, kept);
  const { events, unsealed, checkpoint, continued, broken } = found;
  const count = (n: number) => n.toLocaleString('en');
  if (broken) {
    console.log(`THE FILE DOES NOT HOLD. Its first broken place is line ${broken.line}: ${broken.why}.`);
    return false;
  }
  console.log(`${count(events)} events, as ${verifier.name} signed; the file is whole.`);
  if (checkpoint)
    console.log(`They were in the log by ${checkpoint.at.toISOString()} (checkpoint ${checkpoint.number}, ${checkpoint.size} leaves).`);
  if (unsealed > 0) console.log(`${count(unsealed)} OF THEM WERE NOT YET SEALED: nothing but the file's own signature is proof of those.`);
  sayContinued(continued, kept, 'export again, with that checkpoint in “Earlier checkpoint”');
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
