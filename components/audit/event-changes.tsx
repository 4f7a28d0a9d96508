'use client';

import { useFormatter, useTranslations } from 'next-intl';
import { Absent } from '@/components/audit/cells';
import { Inert } from '@/components/audit/inert';
import type { Changes } from '@/lib/audit/schema';

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** What was before and what came after, field by field. */
export function EventChanges({ changes }: { changes: Changes }) {
  const t = useTranslations('audit');
  const label = (field: string) => {
    const key = `fields.${field}` as 'fields.name';
    return t.has(key) ? t(key) : field;
  };
  return (
    <table className="w-full table-fixed border-collapse text-sm">
      <thead>
        <tr className="border-line border-b text-left text-muted text-xs">
          <th scope="col" className="w-1/4 py-1.5 pr-2 font-medium">
            {t('details.field')}
          </th>
          <th scope="col" className="py-1.5 pr-2 font-medium">
            {t('details.before')}
          </th>
          <th scope="col" className="py-1.5 font-medium">
            {t('details.after')}
          </th>
        </tr>
      </thead>
      <tbody>
        {Object.entries(changes).map(([field, [before, after]]) => (
          <tr key={field} className="border-line border-b align-top">
            <th scope="row" className="py-2 pr-2 text-left font-medium">
              {label(field)}
            </th>
            <td className="py-2 pr-2 text-muted">
              <Value of={before} struck />
            </td>
            <td className="py-2">
              <Value of={after} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

type ValueProps = { of: unknown; struck?: boolean };

/** A list stands with one text on a line. */
function Value({ of: value, struck }: ValueProps) {
  if (!Array.isArray(value) || value.length === 0) return <One of={Array.isArray(value) ? null : value} struck={struck} />;
  return value.map((one) => (
    <div key={JSON.stringify(one)}>
      <One of={one} struck={struck} />
    </div>
  ));
}

function One({ of: value, struck = false }: ValueProps) {
  const format = useFormatter();
  if (value === null || value === undefined || value === '') return <Absent />;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (MOMENT.test(text)) {
    return (
      <time dateTime={text} className="numbers" suppressHydrationWarning>
        {format.dateTime(new Date(text), 'exact')}
      </time>
    );
  }
  const words = <Inert text={text} />;
  return struck ? <del className="decoration-control">{words}</del> : <ins className="no-underline">{words}</ins>;
}
