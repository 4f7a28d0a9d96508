import { expect, test } from 'vitest';
import { oversized } from '@/components/ui/oversized';

test('a megabyte in a field is noticed before it is sent', () => {
  const fields = new FormData();
  fields.set('name', 'deploy');
  expect(oversized(fields)).toBeUndefined();
  fields.set('description', 'x'.repeat(1_000_000));
  expect(oversized(fields)).toBe('description');
});
