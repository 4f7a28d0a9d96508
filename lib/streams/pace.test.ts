import { expect, test } from 'vitest';
import { Pace } from '@/lib/streams/pace';
import { secondsOf } from '@/lib/streams/webhook';

const LIMIT = 2000;

test('begins with few, gives twice as many to a target that is quick, and never more than the limit', () => {
  const pace = new Pace();
  const sizes = Array.from({ length: 5 }, () => {
    const { most } = pace;
    pace.taken(most, 10, LIMIT);
    return most;
  });
  expect(sizes).toEqual([250, 500, 1000, 2000, 2000]);
  pace.taken(2000, 3000, LIMIT);
  expect(pace.most, 'neither quick nor slow').toBe(2000);
  pace.taken(2000, 6000, LIMIT);
  expect(pace.most).toBe(1000);
});

test('what was too large is halved down to one, and approached slowly from then on', () => {
  const pace = new Pace();
  expect([250, 125, 62, 31, 15, 7, 3, 1].map((size) => pace.tooLarge(size))).toEqual([125, 62, 31, 15, 7, 3, 1, 1]);
  for (let n = 0; n < 10; n++) pace.taken(pace.most, 10, LIMIT);
  expect(pace.most).toBeLessThan(30);
  for (let n = 0; n < 70; n++) pace.taken(pace.most, 10, LIMIT);
  expect(pace.most, 'one huge event slows nothing down for ever').toBe(LIMIT);
});

const NOW = Date.UTC(2026, 10, 22, 12);

test.each([
  ['120', 120],
  [' 7 ', 7],
  ['0', 0],
  ['86400', 300],
  ['Sun, 22 Nov 2026 12:01:30 GMT', 90],
  ['Sun, 22 Nov 2026 13:00:00 GMT', 300],
  ['Sun, 22 Nov 2026 11:00:00 GMT', 0],
  ['-5', 0],
  ['soon', 0],
  ['', 0],
  [undefined, 0],
])('Retry-After %j asks for %d seconds', (text, seconds) => {
  expect(secondsOf(text, NOW)).toBe(seconds);
});
