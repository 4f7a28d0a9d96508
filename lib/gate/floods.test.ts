import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Access } from '@/lib/gate/access-rows';
import { Floods, fold } from '@/lib/gate/floods';
import { newId } from '@/lib/id';

const refusal = (more: Partial<Access>): Access => ({
  id: newId(Date.now()),
  at: Date.now(),
  tokenId: null,
  ownerId: null,
  generation: null,
  reason: 'scope',
  ip: '192.0.2.1',
  userAgent: 'tool/1',
  subject: 'GET /a',
  scopes: 'a',
  ...more,
});

describe('a flood of refusals', () => {
  test('is counted exactly, and claims for all of them only what they have in common', () => {
    const floods = new Floods();
    for (let n = 0; n < 6; n++) floods.add(refusal({}));
    for (let n = 0; n < 20; n++) floods.add(refusal({ subject: `GET /admin/${n}`, scopes: 'admin' }));
    expect(floods.end()).toMatchObject([{ count: 21, subject: null, scopes: null, userAgent: 'tool/1', ip: '192.0.2.1', reason: 'scope' }]);
  });

  test('of more kinds than are told apart is counted by reason, and claims of nobody what was another’s', () => {
    const floods = new Floods();
    const kinds = 10_050;
    let singly = 0;
    for (let n = 0; n < kinds; n++) if (floods.add(refusal({ ip: `10.0.${n >> 8}.${n & 255}` }))) singly++;
    const counted = floods.end();
    expect([singly, counted.length]).toEqual([10_000, 1]);
    expect(counted).toMatchObject([{ count: 50, ip: null, subject: 'GET /a' }]);
  });

  test('that waits for the database is folded without losing or inventing one', () => {
    const kinds = fc.record({ ip: fc.constantFrom('192.0.2.1', '192.0.2.2'), subject: fc.constantFrom('GET /a', 'GET /b') });
    fc.assert(
      fc.property(fc.array(fc.tuple(kinds, fc.integer({ min: 1, max: 5 })), { maxLength: 50 }), (given) => {
        const rows = given.map(([kind, count]) => ({ ...refusal(kind), count }));
        const folded = fold(rows);
        const sum = (all: { count: number }[]) => all.reduce((total, { count }) => total + count, 0);
        expect(sum(folded)).toBe(sum(rows));
        for (const { ip, subject, count } of folded) {
          const same = rows.filter((row) => row.ip === ip);
          if (subject) expect(same.every((row) => row.subject === subject)).toBe(true);
          expect(count).toBe(sum(same));
        }
      }),
    );
  });
});
