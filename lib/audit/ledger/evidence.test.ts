import { beforeAll, expect, test } from 'vitest';
import { type Evidence, evidenceOf, growthOf, isEvidence, isGrowth } from '@/lib/audit/ledger/evidence';
import { readNote, signerOf } from '@/lib/audit/ledger/note';
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
    expect(await evidenceOf(client, last.id, 0n)).toBeNull();
    expect(await evidenceOf(client, '00000000-0000-7000-8000-000000000000')).toBeNull();
  });
});

test('every later checkpoint can be shown to continue every earlier one, and no other', async () => {
  const { verifier } = testSigner();
  await withClient(database.url, async (client) => {
    for (const [n, later] of notes.entries()) {
      for (const earlier of notes.slice(0, n + 1)) {
        const [from, to] = [earlier, later].map((note) => readNote(note)?.size ?? 0n) as [bigint, bigint];
        const path = from === 0n ? [] : await growthOf(client, from, to);
        expect(isGrowth(earlier, later, path, verifier)).toBe(true);
        if (from !== to) expect(isGrowth(later, earlier, path, verifier)).toBe(false);
        if (path.length > 1) expect(isGrowth(earlier, later, path.slice(1), verifier)).toBe(false);
      }
    }
  });
});
