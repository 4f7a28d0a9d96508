'use client';

import { type ColumnDef, type Header, type RowData, useTable } from '@tanstack/react-table';
import clsx from 'clsx';
import { ArrowDown, ArrowUp } from 'lucide-react';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { dataTableFeatures } from '@/components/table/features';
import type { Navigation } from '@/components/table/use-navigation';
import { Icon } from '@/components/ui/icon';

type Features = typeof dataTableFeatures;
type Direction = 'asc' | 'desc';

/** Columns as `columnsOf().columns([...])` makes them; each holds values of its own type. */
// biome-ignore lint/suspicious/noExplicitAny: the library's own type of a list of columns of different value types
export type Columns<Row extends RowData> = ColumnDef<Features, Row, any>[];

/** How the rows are sorted, and the address of another order. */
type Sort = { by: string; dir: Direction; href: (by: string, dir: Direction) => string };

type Props<Row extends RowData> = {
  label: string;
  columns: Columns<Row>;
  rows: Row[];
  rowId: (row: Row) => string;
  sort?: Sort;
  navigation: Navigation;
  /** It has more columns than a page has room for: it scrolls sideways, and its header stays where it is. */
  wide?: boolean;
  /** Shown in place of the rows when there are none. */
  empty: ReactNode;
};

const noSorting: [] = [];

/** The one table of the console: its headers sort through the URL, and on phones its rows are cards with the same labels. */
export function DataTable<Row extends RowData>({ label, columns, rows, rowId, sort, navigation, wide = false, empty }: Props<Row>) {
  const table = useTable({
    features: dataTableFeatures,
    columns,
    data: rows,
    getRowId: rowId,
    manualSorting: true,
    manualPagination: true,
    enableSortingRemoval: false,
    enableSorting: sort !== undefined,
    state: { sorting: sort ? [{ id: sort.by, desc: sort.dir === 'desc' }] : noSorting },
  });
  if (rows.length === 0) return <div className="border-line border-y">{empty}</div>;
  return (
    <div
      // What scrolls must be reachable by keyboard.
      {...(wide && { 'data-wide': true, role: 'group', 'aria-label': label, tabIndex: 0 })}
      className={clsx('group/table @container', wide && 'relative sm:overflow-x-auto')}
    >
      <table aria-label={label} aria-busy={navigation.pending} className="w-full max-sm:block">
        <thead className="max-sm:sr-only">
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {group.headers.map((header) => (
                <HeaderCell key={header.id} header={header} sort={sort} navigation={navigation} />
              ))}
            </tr>
          ))}
        </thead>
        <tbody className={clsx('transition-opacity max-sm:block', navigation.pending && 'opacity-60')}>
          {table.getRowModel().rows.map((row) => (
            <tr key={row.id} className="list-row">
              {row.getAllCells().map((cell) => {
                const { columnDef } = cell.column;
                return (
                  <td key={cell.id} className={cellClass(columnDef.meta)}>
                    {!columnDef.meta?.lead && !columnDef.meta?.menu && (
                      <span className="text-muted sm:hidden">{columnDef.header as string}</span>
                    )}
                    <table.FlexRender cell={cell} />
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

type HeaderProps<Row extends RowData> = { header: Header<Features, Row, unknown>; sort?: Sort; navigation: Navigation };

function HeaderCell<Row extends RowData>({ header, sort, navigation }: HeaderProps<Row>) {
  const { column } = header;
  const { meta } = column.columnDef;
  const words = column.columnDef.header as string;
  const sorted = column.getIsSorted();
  return (
    <th
      scope="col"
      aria-sort={sorted ? (sorted === 'asc' ? 'ascending' : 'descending') : undefined}
      className={clsx(
        'sticky top-12 z-[5] h-9 group-data-wide/table:static whitespace-nowrap border-line border-b bg-canvas px-3 text-left font-medium text-muted text-xs first:pl-2 last:pr-2',
        columnClass(meta),
      )}
    >
      {meta?.menu ? <span className="sr-only">{words}</span> : null}
      {!meta?.menu && sort && column.getCanSort() ? (
        <Link
          {...navigation.link(sort.href(column.id, nextDirection(column.getNextSortingOrder())))}
          className={clsx('-mx-1 inline-flex items-center gap-1 rounded-sm px-1 py-0.5 hover:text-ink', sorted && 'text-ink')}
        >
          {words}
          <Icon of={sorted === 'asc' ? ArrowUp : ArrowDown} className={clsx('size-3', !sorted && 'opacity-0')} />
        </Link>
      ) : (
        !meta?.menu && words
      )}
    </th>
  );
}

function nextDirection(order: Direction | false): Direction {
  return order || 'asc';
}

type Look = { align?: 'end'; from?: 'md' | 'lg'; lead?: true | 'whole'; menu?: true } | undefined;

function columnClass(meta: Look): string {
  return clsx(
    meta?.align === 'end' && 'sm:text-right',
    meta?.from === 'md' && 'sm:hidden @2xl:table-cell',
    meta?.from === 'lg' && 'sm:hidden @4xl:table-cell',
    // Where there is room, the others get more than they need: a wide table is read along its lines, not across a gap.
    meta?.lead && 'w-full',
    meta?.lead === true && '@4xl:w-2/5',
    meta?.lead === 'whole' && '@4xl:w-auto',
    meta?.lead !== true && 'whitespace-nowrap',
    meta?.menu && 'w-11',
  );
}

function cellClass(meta: Look): string {
  return clsx(
    columnClass(meta),
    'list-cell',
    meta?.lead === true && 'max-w-0',
    meta?.lead && 'max-sm:order-first max-sm:block max-sm:max-w-none max-sm:pr-12 max-sm:pl-2',
    meta?.menu && 'max-sm:absolute max-sm:top-1 max-sm:right-0 max-sm:block',
    !meta?.lead && !meta?.menu && 'card-line',
  );
}
