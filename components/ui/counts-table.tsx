type Row = { key: string; name: string; counts: [string, string] };

/** What a chart shows, as a table that scrolls in itself. `columns`: what the rows are, and what is counted. */
export function CountsTable({ label, columns, rows }: { label: string; columns: [string, string, string]; rows: Row[] }) {
  const [name, ...counted] = columns;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div tabIndex={0} className="max-h-72 overflow-auto rounded-md border border-line">
      <table aria-label={label} className="numbers w-full text-right text-sm">
        <thead className="text-muted text-xs">
          <tr className="border-line border-b">
            <th scope="col" className="px-3 py-1.5 text-left font-medium">
              {name}
            </th>
            {counted.map((column) => (
              <th key={column} scope="col" className="px-3 py-1.5 font-medium">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key}>
              <th scope="row" className="px-3 py-1 text-left font-normal">
                {row.name}
              </th>
              {counted.map((column, place) => (
                <td key={column} className="px-3 py-1">
                  {row.counts[place]}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
