import { expect, test } from 'vitest';
import { barsOf, ceilingOf, widthOf } from '@/components/usage/shape';

test.each([
  [0, 4],
  [3, 4],
  [4, 4],
  [5, 5],
  [6, 6],
  [7, 8],
  [11, 12],
  [21, 25],
  [26, 30],
  [999, 1000],
  [1000, 1000],
  [1_234_567, 1_500_000],
])('the scale for %d ends at %d', (most, expected) => {
  expect(ceilingOf(most)).toBe(expected);
});

test('bars stand on each other, and the smallest is still seen', () => {
  const { allowed, refused } = barsOf(
    [
      { allowed: 50, refused: 25 },
      { allowed: 0, refused: 0 },
      { allowed: 0, refused: 0.1 },
    ],
    100,
  );
  expect(allowed).toBe('M1 100V50h8V100z');
  expect(refused).toBe('M1 50V25h8V50zM21 100V98.5h8V100z');
  expect(widthOf(3)).toBe(30);
});
