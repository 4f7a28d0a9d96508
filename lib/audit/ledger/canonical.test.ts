import fc from 'fast-check';
import type { Client } from 'pg';
import { expect, test } from 'vitest';
import { canonicalSql, canonicalText, sealedColumns, sealedExpressions } from '@/lib/audit/ledger/canonical';
import { withClient } from '@/lib/boot/roles';
import { testDatabase } from '@/lib/testing/database';

const database = testDatabase();

const text = fc
  .oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme-composite' }), fc.constantFrom('"', '\\', '\n\u2028\u007f', ''))
  .map(
    // What PostgreSQL's text cannot hold.
    (some) => Buffer.from(some.replaceAll('\0', '')).toString(),
  );
const maybe = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: null });
const json = fc
  .dictionary(text, fc.tuple(fc.jsonValue({ maxDepth: 1 }), fc.jsonValue({ maxDepth: 1 })))
  .map((changes) => JSON.stringify(changes).replaceAll('\\u0000', ''));
const row = fc.record({
  id: fc.uuid(),
  at: fc.date({ min: new Date('1970-01-01'), max: new Date('2200-01-01'), noInvalidDate: true }).map((at) => at.toISOString()),
  event: text,
  actor_type: fc.constantFrom('user', 'token', 'system'),
  actor_id: maybe(fc.uuid()),
  subject_id: maybe(fc.uuid()),
  token_id: maybe(fc.uuid()),
  outcome: fc.constantFrom('ok', 'refused'),
  reason: maybe(text),
  ip: maybe(fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom('10.0.0.0/8', '2001:db8::/32', '::ffff:1.2.3.4'))),
  user_agent: maybe(text),
  request_id: maybe(text),
  changes: maybe(json),
  request: maybe(text),
  count: fc.integer({ min: 1, max: 2_147_483_647 }),
  generation: maybe(fc.integer({ min: 1, max: 2_147_483_647 })),
  scopes: maybe(text),
});

type Stored = { canonical: string; values: (string | null)[] };

/** A row as PostgreSQL keeps it: its canonical text in SQL, and its columns as text. */
async function stored(client: Client, values: object): Promise<Stored> {
  // concat() shows a value as COPY does; ::text would add a network's length to an address.
  const shown = sealedExpressions('e').map((column) => `CASE WHEN ${column} IS NOT NULL THEN concat(${column}) END`);
  const { rows } = await client.query<Stored>(
    `SELECT ${canonicalSql('e')} AS canonical, ARRAY[${shown.join()}] AS values FROM json_populate_record(NULL::audit_event, $1) e`,
    [JSON.stringify(values)],
  );
  return rows[0] as Stored;
}

test('an event has the same canonical text in the database and here, whatever is in it', async () => {
  await withClient(database.url, async (client) => {
    await fc.assert(
      fc.asyncProperty(row, async (values) => {
        const { canonical, values: columns } = await stored(client, values);
        expect(canonicalText(columns)).toBe(canonical);
        expect(JSON.parse(canonical)).toMatchObject({ v: 1, id: values.id, at: Date.parse(values.at), event: values.event });
      }),
      { numRuns: 300 },
    );
  });
});

test('every column of an event is sealed, but for the one that says where', async () => {
  const { rows } = await withClient(database.url, (client) =>
    client.query<{ name: string }>(`SELECT column_name AS name FROM information_schema.columns WHERE table_name = 'audit_event'`),
  );
  const sealed: string[] = Object.values(sealedColumns).map(([column]) => column);
  expect([...sealed, 'leaf_id'].sort()).toEqual(rows.map(({ name }) => name).sort());
});
