import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formats, neutralCell } from '@/lib/audit/export-format';
import type { AuditRow } from '@/lib/audit/schema';

const plain: AuditRow = {
  id: '019ae000-0000-7000-8000-000000000001',
  at: '2026-11-21T12:00:00.250Z',
  event: 'token.renamed',
  actorType: 'user',
  actor: { id: '019ae000-0000-7000-8000-000000000002', name: 'Ada', email: 'ada@example.org' },
  target: null,
  token: {
    id: '019ae000-0000-7000-8000-000000000003',
    name: 'CI',
    hint: 'lk_…1234',
    ownerId: '019ae000-0000-7000-8000-000000000002',
    deleted: false,
  },
  outcome: 'ok',
  reason: null,
  ip: '192.0.2.7',
  userAgent: 'curl/8.14.1',
  requestId: 'request-0001',
  request: null,
  changes: { name: ['ci', 'CI'] },
  count: 1,
  generation: null,
  scopes: ['orders:read', 'orders:write'],
};

const read = (csv: string) => parse(csv, { columns: true, bom: true, record_delimiter: '\r\n' }) as Record<string, string>[];
const csvOf = (...rows: AuditRow[]) => formats.csv.head + rows.map(formats.csv.row).join('');

/** What a spreadsheet takes for the beginning of a formula, or of a command. */
const FORBIDDEN = /^\s*[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/;

// What strangers send: mostly what means something to a spreadsheet, a terminal or a parser.
const sent = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc
    .array(
      fc.constantFrom(
        '=',
        '+',
        '-',
        '@',
        '＝',
        '＋',
        '－',
        '＠',
        '﹢',
        '⁺',
        '\t',
        '\r',
        '\n',
        ' ',
        '\u00a0',
        ';',
        ',',
        '"',
        "'",
        '|',
        'x',
        '\0',
        '\u001b[2J',
        '\u202e',
        '\u200b',
        '\ud800',
        '\ufeff',
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join('')),
);

const anyRow: fc.Arbitrary<AuditRow> = fc
  .record({
    name: sent,
    email: sent,
    token: sent,
    reason: fc.option(sent),
    userAgent: fc.option(sent),
    requestId: sent,
    request: sent,
    change: sent,
  })
  .map(({ name, email, token, change, ...texts }) => ({
    ...plain,
    ...texts,
    actor: { id: plain.id, name, email },
    target: { id: plain.id, name, email },
    token: { id: plain.id, name: token, hint: '', ownerId: plain.id, deleted: true },
    changes: { [change]: [change, null] },
  }));

describe('CSV', () => {
  test('has a mark for UTF-8, a header in the words of the contract, and an event on each line', () => {
    const csv = csvOf(plain);
    expect(csv.startsWith('\uFEFFid,"at (UTC)",event,actor.type,')).toBe(true);
    expect(csv.split('\r\n')).toHaveLength(3);
    expect(read(csv)).toEqual([
      {
        id: plain.id,
        'at (UTC)': '2026-11-21T12:00:00.250Z',
        event: 'token.renamed',
        'actor.type': 'user',
        'actor.id': plain.actor?.id,
        'actor.name': 'Ada',
        'actor.email': 'ada@example.org',
        'token.id': plain.token?.id,
        'token.name': 'CI',
        'target.id': '',
        'target.name': '',
        'target.email': '',
        outcome: 'ok',
        reason: '',
        ip: '192.0.2.7',
        userAgent: 'curl/8.14.1',
        requestId: 'request-0001',
        changes: '{"name":["ci","CI"]}',
        request: '',
        count: '1',
        generation: '',
        scopes: 'orders:read orders:write',
      },
    ]);
  });

  test('read back by another parser has every text, inert, and no cell that begins as a formula', () => {
    fc.assert(
      fc.property(fc.array(anyRow, { minLength: 1, maxLength: 4 }), (rows) => {
        const back = read(csvOf(...rows));
        expect(back).toHaveLength(rows.length);
        back.forEach((cells, n) => {
          const row = rows[n] as AuditRow;
          expect(cells['actor.name']).toBe(neutralCell(row.actor?.name ?? ''));
          expect(cells['token.name']).toBe(neutralCell(row.token?.name ?? ''));
          expect(cells.userAgent).toBe(neutralCell(row.userAgent ?? ''));
          expect(cells.request).toBe(neutralCell(row.request ?? ''));
          for (const cell of Object.values(cells)) {
            expect(cell).not.toMatch(FORBIDDEN);
            expect(cell).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
            expect(cell.normalize('NFKC')).not.toMatch(/^[=+\-@]/);
          }
        });
      }),
      { numRuns: 2000 },
    );
  });

  test('cut at semicolons, as spreadsheets of other countries do, it has no such cell either', () => {
    fc.assert(
      fc.property(anyRow, (row) => {
        for (const cell of formats.csv.row(row).split(';')) expect(cell.replaceAll('"', '')).not.toMatch(FORBIDDEN);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['=1+1', "'=1+1"],
    ['＝HYPERLINK("x")', '\'＝HYPERLINK("x")'],
    ['  @SUM(A1)', "'  @SUM(A1)"],
    ['\t=1', '[U+0009]=1'],
    ['\r\n-1', '[U+000D][U+000A]-1'],
    ['\u200b=1', '[U+200B]=1'],
    ["x;=cmd|' /C calc'!A0", "x;'=cmd|' /C calc'!A0"],
    ['x;; "=1', `x;;' "=1`],
    ['a-b=c', 'a-b=c'],
    ['\u001b[31mred', '[U+001B][31mred'],
    ["'=1", "'=1"],
  ])('%j is %j', (text, cell) => {
    expect(neutralCell(text)).toBe(cell);
  });
});

test('NDJSON has every text as it was, on one line, with nothing that hides', () => {
  fc.assert(
    fc.property(anyRow, (row) => {
      const line = formats.ndjson.row(row);
      expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      expect(JSON.parse(line)).toMatchObject({
        id: row.id,
        actor: { type: 'user', id: row.actor?.id, name: row.actor?.name, email: row.actor?.email },
        userAgent: row.userAgent,
        changes: row.changes,
      });
    }),
  );
  expect(Object.keys(JSON.parse(formats.ndjson.row(plain)))).toEqual(
    'id at event actor token target outcome reason ip userAgent requestId changes request count generation scopes'.split(' '),
  );
});
