import { describe, expect, test } from 'vitest';
import { graceEnd, gracesWithin, readGrace } from '@/components/tokens/grace';
import { LONGEST_GRACE } from '@/lib/tokens/schema';

const now = new Date('2030-01-01T00:00:00Z');

describe('the end of a grace', () => {
  test('is as far from now as was chosen', () => {
    expect(graceEnd(3600, now, null)).toEqual({ until: new Date('2030-01-01T01:00:00Z'), isCut: false });
    expect(graceEnd(3600, now, '2030-01-01T01:00:00.000Z')).toEqual({ until: new Date('2030-01-01T01:00:00Z'), isCut: false });
  });

  test('never lies beyond the expiration', () => {
    expect(graceEnd(3600, now, '2030-01-01T00:59:59.999Z')).toEqual({ until: new Date('2030-01-01T00:59:59.999Z'), isCut: true });
  });
});

test('what is offered is what the server takes', () => {
  const graces = gracesWithin(24);
  expect(Math.max(...graces)).toBe(LONGEST_GRACE);
  const fields = new FormData();
  expect(readGrace(fields)).toBe(0);
  fields.set('graceSeconds', '28800');
  expect(graces).toContain(readGrace(fields));
});

test('what is offered is never more than the policy allows, and all that it allows', () => {
  expect([0, 1, 2, 8, 12, 24].map(gracesWithin)).toEqual([
    [],
    [3600],
    [3600, 7200],
    [3600, 28_800],
    [3600, 28_800, 43_200],
    [3600, 28_800, 86_400],
  ]);
});
