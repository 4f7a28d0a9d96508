import { randomInt } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { exportAuditEvents } from '@/lib/audit/export';
import type { AuditFilters } from '@/lib/audit/filters';
import { type Checkpoint, readNote, signerOf, type Verifier } from '@/lib/audit/ledger/note';
import { checkProofFile, endLine } from '@/lib/audit/ledger/proof-file';
import { record } from '@/lib/audit/record';
import { withClient } from '@/lib/boot/roles';
import { db, transaction } from '@/lib/db';
import { deriveKeys } from '@/lib/keys';
import type { Actor } from '@/lib/permissions/permissions';
import { createActor, testDatabase } from '@/lib/testing/database';
import { sealAll, testAccesses, testSigner } from '@/lib/testing/ledger';

const database = testDatabase();
let auditor: Actor;
let verifier: Verifier;

async function* linesOf(text: string): AsyncGenerator<string> {
  yield* text.trimEnd().split('\n');
}

const check = (lines: string[], key = verifier) => checkProofFile(linesOf(lines.join('\n')), key);

/** The lines of a file of what fits, which is sealed as it is asked for. */
async function exported(filters: AuditFilters = {}, isSealed = true, earlier: bigint[] = []): Promise<string[]> {
  const { body } = await exportAuditEvents(auditor, filters, 'proofs', async () => true, earlier);
  if (isSealed) await sealAll();
  return (await new Response(body).text()).trimEnd().split('\n');
}

const eventsIn = (lines: string[]) => lines.map((line) => JSON.parse(line)).filter(({ n }) => n !== undefined);

beforeAll(async () => {
  verifier = testSigner().verifier;
  auditor = await createActor('auditor', { name: 'é \u202e 北京' });
  const { pass } = testAccesses();
  // More than 256 leaves, groups of accesses among them, over several checkpoints.
  for (let round = 0; round < 6; round++) {
    await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        transaction((tx, now) => record(tx, now, auditor, { event: 'user.updated', changes: { name: [`\u2028 ${n}`, '"\\'] } })),
      ),
    );
    await Promise.all([pass(25), pass(3)]);
    await sealAll();
  }
});

test('every event of the log is in the file, newest first, each proven under one checkpoint', async () => {
  const before = await db().auditEvent.findMany({ orderBy: { id: 'desc' }, select: { id: true } });
  const lines = await exported();
  expect(await check(lines)).toMatchObject({ events: before.length, unsealed: 0, broken: null });
  expect(eventsIn(lines).map(({ event }) => JSON.parse(event).id)).toEqual(before.map(({ id }) => id));
  expect(lines.filter((line) => line.includes('"checkpoint"'))).toHaveLength(1);
});

test('what a filter leaves is proven just as well, also where nothing is left', async () => {
  const some = await exported({ event: 'token.used' });
  expect(await check(some)).toMatchObject({ events: 6 * 28, broken: null });
  const none = await exported({ event: 'policy.changed' });
  expect(await check(none)).toMatchObject({ events: 0, broken: null });
  expect(none).toHaveLength(2);
});

test('it shows that its log continues checkpoints that somebody kept, where it was asked to', async () => {
  const kept = (await db().auditCheckpoint.findMany({ orderBy: { number: 'asc' } })).map(({ note }) => readNote(note) as Checkpoint);
  const asked = kept.slice(1, 4);
  const lines = await exported(
    { event: 'token.used' },
    true,
    asked.map(({ size }) => size),
  );
  const checked = (with_: Checkpoint[]) => checkProofFile(linesOf(lines.join('\n')), verifier, with_);
  expect(await checked(asked)).toMatchObject({ continued: asked, broken: null });
  expect((await checked(kept.slice(0, 1))).continued).toEqual([]);
  const [forged] = asked.map((one) => ({ ...one, root: Buffer.alloc(32) }));
  expect((await checked([...asked, forged as Checkpoint])).broken).toMatchObject({ line: 1, why: /does not continue the checkpoint of/ });
});

test('the end of the export says in the log what the file was', async () => {
  await exported({ event: 'user.updated' });
  const { changes } = await db().auditEvent.findFirstOrThrow({ where: { event: 'audit.export_finished' }, orderBy: { id: 'desc' } });
  expect(changes).toMatchObject({ format: [null, 'proofs'], events: [null, 360] });
});

test('while it is written the log grows on, and nothing of that is in it', async () => {
  const { body } = await exportAuditEvents(auditor, {}, 'proofs', async () => true);
  await sealAll();
  const reader = body.getReader();
  const parts: Uint8Array[] = [];
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
    await transaction((tx, now) => record(tx, now, 'system', { event: 'user.updated' }));
    await sealAll();
  }
  const lines = Buffer.concat(parts).toString('utf8').trimEnd().split('\n');
  expect(await check(lines)).toMatchObject({ unsealed: 0, broken: null });
});

describe('a file that was touched', () => {
  let lines: string[];
  beforeAll(async () => {
    lines = await exported();
  });
  const places = (fits: (line: Record<string, unknown>) => boolean) =>
    lines.flatMap((line, place) => (fits(JSON.parse(line)) ? [place] : []));
  const changed = (change: (copy: string[]) => void) => {
    const copy = [...lines];
    change(copy);
    return check(copy);
  };

  test('any character of any line', async () => {
    for (let n = 0; n < 40; n++) {
      const place = randomInt(lines.length);
      const line = lines[place] as string;
      const at = randomInt(line.length);
      const other = line[at] === 'x' ? 'y' : 'x';
      const { broken } = await changed((copy) => {
        copy[place] = line.slice(0, at) + other + line.slice(at + 1);
      });
      expect(broken, `line ${place + 1}, character ${at}`).not.toBeNull();
      // The head and the names of members are held by the last line's signature alone.
      expect([place + 1, lines.length]).toContain(broken?.line === place + 1 ? place + 1 : lines.length);
    }
  });

  test('an event that was edited is named by its line, whatever its leaf', async () => {
    for (const place of places(({ n }) => n !== undefined).filter((_, n) => n % 17 === 0)) {
      const line = JSON.parse(lines[place] as string);
      const event = { ...JSON.parse(line.event), outcome: 'refused' };
      const { broken } = await changed((copy) => {
        copy[place] = JSON.stringify({ ...line, event: JSON.stringify(event) });
      });
      expect(broken).toEqual({ line: place + 1, why: `the event is not what was sealed in leaf ${line.leaf}` });
    }
  });

  test('a line that is missing, one too many, and two that were swapped', async () => {
    const events = places(({ n }) => n !== undefined);
    const [first, second] = [events[40] as number, events[41] as number];
    expect((await changed((copy) => copy.splice(first, 1))).broken).toEqual({
      line: first + 1,
      why: 'it is event 42 where number 41 should be',
    });
    expect((await changed((copy) => copy.splice(first, 0, lines[first] as string))).broken?.line).toBe(second + 1);
    const swapped = await changed((copy) => {
      copy[first] = lines[second] as string;
      copy[second] = lines[first] as string;
    });
    expect(swapped.broken?.line).toBe(first + 1);
    const leaf = places(({ digests }) => digests !== undefined)[3] as number;
    expect((await changed((copy) => copy.splice(leaf, 1))).broken?.line).toBeGreaterThan(leaf);
  });

  test('its end was cut off, or made anew without the key', async () => {
    for (const length of [0, 1, 2, lines.length >> 1, lines.length - 1])
      expect((await check(lines.slice(0, length))).broken).toMatchObject({ line: Math.max(length, 1) + (length > 0 ? 1 : 0) });
    const last = JSON.parse(lines.at(-1) as string);
    const stranger = signerOf(deriveKeys(Buffer.alloc(32, 99)));
    const forged = { ...stranger, verifier: { ...stranger.verifier, name: verifier.name, hint: verifier.hint } };
    for (const signer of [stranger, forged]) {
      const { broken } = await changed((copy) => {
        copy[copy.length - 1] = endLine(signer, last.count, last.unsealed, last.sha256);
      });
      expect(broken).toEqual({ line: lines.length, why: `it is not signed by ${verifier.name}'s key` });
    }
  });

  test('by another key nothing of it holds', async () => {
    const { broken } = await check(lines, signerOf(deriveKeys(Buffer.alloc(32, 99))).verifier);
    expect(broken?.line).toBe(1);
  });
});

test('an event that was edited in the database, or is gone from it, makes a file that does not hold', async () => {
  const edits = [
    (id: string) => `UPDATE audit_event SET outcome = 'refused' WHERE id = '${id}'`,
    (id: string) => `DELETE FROM audit_event WHERE id = '${id}'`,
  ];
  for (const edit of edits) {
    const { id } = await db().auditEvent.findFirstOrThrow({ where: { event: 'token.used' }, select: { id: true } });
    await withClient(database.adminUrl, async (client) => {
      await client.query('SET session_replication_role = replica; CREATE TABLE kept AS TABLE audit_event');
      await client.query(edit(id));
      const { broken } = await check(await exported({ event: 'token.used' }));
      expect(broken?.why).toMatch(/^leaf \d+ is not in the tree/);
      await client.query('DELETE FROM audit_event WHERE id IN (SELECT id FROM kept); INSERT INTO audit_event TABLE kept; DROP TABLE kept');
    });
  }
  expect(await check(await exported({ event: 'token.used' }))).toMatchObject({ broken: null });
});

test('what is not sealed when the patience is over stands in the file, unproven and counted', { timeout: 30_000 }, async () => {
  await sealAll();
  await transaction((tx, now) => record(tx, now, 'system', { event: 'policy.changed' }));
  const lines = await exported({ event: 'policy.changed' }, false);
  expect(await check(lines)).toMatchObject({ events: 1, unsealed: 1, broken: null });
});
