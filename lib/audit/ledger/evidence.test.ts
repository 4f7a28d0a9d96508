import { beforeAll, expect, test } from 'vitest';
import { continuedByEvidence, type Evidence, evidenceOf, isEvidence } from '@/lib/audit/ledger/evidence';
import { continuedBy, growthOf } from '@/lib/audit/ledger/growth';
import { type Checkpoint, readNote, signerOf } from '@/lib/audit/ledger/note';
import { record } from '@/lib/audit/record';
import { withClient } from '@/lib/boot/roles';
import { db, transaction } from '@/lib/db';
import { deriveKeys } from '@/lib/keys';
import { testDatabase } from '@/lib/testing/database';
import { sealAll, testAccesses, testSigner } from '@/lib/testing/ledger';

const database = testDatabase();
let notes: string[] = [];

beforeAll(async () => {
  for (let round = 0; round < 6; round++) {
    for (let n = 0; n < 60; n++)
      await transaction((tx, now) => record(tx, now, 'system', { event: 'user.updated', changes: { n: [n, 'x'] } }));
    await testAccesses().pass(20);
    await sealAll();
  }
  notes = (await db().auditCheckpoint.findMany({ orderBy: { number: 'asc' } })).map(({ note }) => note);
});

test('every event can be shown to have been in the log, by the key alone', async () => {
  const ids = (await db().auditEvent.findMany({ select: { id: true } })).map(({ id }) => id);
  await withClient(database.url, async (client) => {
    for (const id of ids.filter((_, n) => n % 7 === 0)) {
      const evidence = JSON.parse(JSON.stringify(await evidenceOf(client, id))) as Evidence;
      expect(JSON.parse(evidence.event).id).toBe(id);
      expect(isEvidence(evidence, testSigner().verifier)).toBe(true);
      expect(isEvidence(evidence, signerOf(deriveKeys(Buffer.alloc(32, 3))).verifier)).toBe(false);
    }
  });
});

test('evidence for something else than what was sealed is refused, and nonsense too', async () => {
  const shared = await db().auditEvent.findFirstOrThrow({ where: { leafId: { not: null } } });
  const evidence = await withClient(database.url, (client) => evidenceOf(client, shared.id));
  if (!evidence) throw new Error('no evidence');
  const { verifier } = testSigner();
  const forgeries: Partial<Evidence>[] = [
    { event: evidence.event.replace('token.used', 'token.user') },
    { leaf: String(BigInt(evidence.leaf) + 1n) },
    { leaf: '-1' },
    { leaf: 'x' },
    { place: (evidence.place + 1) % evidence.digests.length },
    { place: 99 },
    { digests: evidence.digests.slice(1) },
    { digests: [] },
    { path: evidence.path.slice(1) },
    { path: ['%'] },
    { checkpoint: notes[0] as string },
    { checkpoint: '' },
  ];
  for (const nonsense of [null, 'x', {}, { ...evidence, digests: 'x' }, { ...evidence, path: [7] }])
    expect(isEvidence(nonsense, verifier)).toBe(false);
  for (const forgery of forgeries) expect(isEvidence({ ...evidence, ...forgery }, verifier), JSON.stringify(forgery)).toBe(false);
});

test('there is none for what is not sealed by that checkpoint, nor for what does not exist', async () => {
  const last = await db().auditEvent.findFirstOrThrow({ orderBy: { id: 'desc' } });
  await withClient(database.url, async (client) => {
    expect(await evidenceOf(client, last.id, { checkpoint: 0n })).toBeNull();
    expect(await evidenceOf(client, '00000000-0000-7000-8000-000000000000')).toBeNull();
  });
});

test('every later checkpoint is shown to continue every earlier one, and none that says something else', async () => {
  const stated = notes.map((note) => readNote(note) as Checkpoint);
  await withClient(database.url, async (client) => {
    for (const later of stated) {
      const growth = await growthOf(
        client,
        stated.map(({ size }) => size),
        later.size,
      );
      const own = stated.filter(({ size }) => size <= later.size);
      expect(continuedBy(later, growth, stated).shown).toEqual(own);
      for (const earlier of own) {
        const forged = { ...earlier, root: Buffer.alloc(32, 7) };
        expect(continuedBy(later, growth, [forged])).toEqual({ shown: [], contradicts: forged });
        // Of the same log, but with fewer leaves after it: something was cut off.
        const number = later.number + 1n;
        if (earlier.size < later.size) expect(continuedBy({ ...earlier, number }, [], [later]).contradicts).toBe(later);
        const path = growth.find(({ size }) => size === String(earlier.size))?.path ?? [];
        if (path.length > 1)
          expect(continuedBy(later, [{ size: String(earlier.size), path: path.slice(1) }], [earlier]).contradicts).toBe(earlier);
      }
      // Without its path nothing is known of an earlier one.
      expect(continuedBy(later, [], stated).shown).toEqual(stated.filter(({ size }) => size === later.size));
    }
  });
});

test('a log whose past was rewritten does not continue what was kept before', async () => {
  const kept = readNote(notes[2] as string) as Checkpoint;
  const { id } = await db().auditEvent.findFirstOrThrow({ orderBy: { id: 'desc' } });
  await withClient(database.adminUrl, async (client) => {
    const evidence = await evidenceOf(client, id, { earlier: [kept.size] });
    expect(continuedByEvidence(evidence, [kept])).toEqual({ shown: [kept] });
    expect(continuedByEvidence(await evidenceOf(client, id), [kept])).toEqual({ shown: [] });
    await client.query('BEGIN; SET LOCAL session_replication_role = replica');
    await client.query('UPDATE audit_leaf SET hash = sha256(hash) WHERE number = 10');
    const rewritten = await growthOf(client, [kept.size], BigInt((await client.query('SELECT count(*) FROM audit_leaf')).rows[0].count));
    await client.query('ROLLBACK');
    expect(continuedByEvidence({ ...evidence, growth: rewritten }, [kept]).contradicts).toEqual(kept);
  });
});
