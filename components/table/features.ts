import { createColumnHelper, type RowData, rowPaginationFeature, rowSortingFeature, tableFeatures } from '@tanstack/react-table';

/** How a column looks, beyond what its cells hold. */
type ColumnLook = {
  /** Figures stand to the right. */
  align?: 'end';
  /** Shown only where the table is at least this wide; cards on phones show it always. */
  from?: 'md' | 'lg';
  /** The name column takes what the others leave, less on wide screens, and heads the card on phones; `whole`: it is never cut short. */
  lead?: true | 'whole';
  /** The menu at the row's end. */
  menu?: true;
};

/** What the one data table can do. The server sorts and pages; the URL says how. */
export const dataTableFeatures = tableFeatures({ rowSortingFeature, rowPaginationFeature, columnMeta: {} as ColumnLook });

/** Declares columns of the data table. A column's id is the name under which the server sorts by it. */
export function columnsOf<Row extends RowData>() {
  return createColumnHelper<typeof dataTableFeatures, Row>();
}
