import { expect, test } from 'vitest';
import { columnsText, readColumns } from '@/components/audit/columns';
import { auditColumns, usualColumns } from '@/lib/audit/values';

test.each([
  ['', usualColumns],
  ['ip,time', ['time', 'ip']],
  [' reason , reason,nothing', ['reason']],
  ['nothing', usualColumns],
  ['event', []],
  ['x'.repeat(10_000), usualColumns],
  ['%,_,\\', usualColumns],
  ['__proto__,constructor', usualColumns],
])('the columns "%s" are those that exist, in their own order', (text, columns) => {
  expect(readColumns(text)).toEqual(columns);
});

test('what is chosen is read back, and the usual ones need no words', () => {
  for (const columns of [[], ['time'], ['requestId', 'about'], auditColumns] as const) {
    expect(readColumns(columnsText([...columns])).toSorted()).toEqual([...columns].toSorted());
  }
  expect(columnsText(usualColumns.toReversed())).toBe('');
});
