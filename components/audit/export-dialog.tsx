'use client';

import { useTimeZone, useTranslations } from 'next-intl';
import { useState } from 'react';
import { useFilterWords } from '@/components/audit/use-filter-words';
import { Button } from '@/components/ui/button';
import { Select } from '@/components/ui/controls';
import { Dialog, DialogFooter } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Notice } from '@/components/ui/notice';
import { notify } from '@/components/ui/toast';
import type { AuditFilterName, AuditPage, AuditQuery, ExportFormat } from '@/lib/audit/schema';
import { auditFilterNames, exportFormats } from '@/lib/audit/values';
import { hrefOf } from '@/lib/url';

const ENDPOINT = '/api/audit/export';

type Props = {
  /** The page that is shown: what is known of how many fit. */
  page: AuditPage;
  query: AuditQuery;
  defaults: AuditQuery;
  /** `from` and `to` on the clocks of the person's time zone. */
  wall: { from: string; to: string };
  /** The names that ids in the filters stand for. */
  meanings: { actor?: string; token?: string };
  onClose: () => void;
  finalFocus: () => HTMLElement | null;
};

/** What would be exported, as what; then the browser fetches it as it does any file, and keeps it while it comes. */
export function ExportDialog({ page, query, defaults, wall, meanings, ...dialog }: Props) {
  const t = useTranslations('audit.export');
  const c = useTranslations('common');
  const [format, setFormat] = useState<ExportFormat>('csv');
  if (Object.keys(page.problems).length > 0) return <NotNow {...dialog} />;
  const action = hrefOf(ENDPOINT, { ...query, cursor: '', id: '', format }, { ...defaults, format: '' });

  function begin() {
    notify(t('begun'), 'info');
    // Not before the browser has sent the form.
    setTimeout(dialog.onClose);
  }

  return (
    <Dialog title={t('title')} description={<HowMany page={page} query={query} />} {...dialog}>
      <form method="post" action={action} onSubmit={begin}>
        <div className="grid gap-4">
          <SetFilters query={query} shown={{ ...query, ...meanings, ...spaced(wall) }} />
          <Field name="format" label={t('format')} hint={t(`hints.${format}`)}>
            {(control) => (
              <Select {...control} value={format} onChange={(event) => setFormat(event.target.value as ExportFormat)}>
                {exportFormats.map((one) => (
                  <option key={one} value={one}>
                    {t(`formats.${one}`)}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <p className="text-muted text-sm">{t('note')}</p>
        </div>
        <DialogFooter>
          <Button onClick={dialog.onClose}>{c('cancel')}</Button>
          <Button type="submit" look="primary">
            {t('confirm')}
          </Button>
        </DialogFooter>
      </form>
    </Dialog>
  );
}

/** As exactly as the page knows: all, when they are all on it. */
function HowMany({ page, query }: Pick<Props, 'page' | 'query'>) {
  const t = useTranslations('audit.export');
  const count = page.rows.length;
  const isAll = query.cursor === '' && page.olderCursor === null;
  return isAll ? t('all', { count }) : t('moreThan', { count });
}

/** The filters that apply, in words; the zone of their dates is named. */
function SetFilters({ query, shown }: { query: AuditQuery; shown: AuditQuery }) {
  const t = useTranslations('audit');
  const zone = useTimeZone() ?? 'UTC';
  const words = useFilterWords();
  const set = auditFilterNames.filter((name) => query[name] !== '');
  const isDate = (name: AuditFilterName) => name === 'from' || name === 'to';
  if (set.length === 0) return <p>{t('export.noFilters')}</p>;
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 rounded-md border border-line bg-canvas px-3 py-2">
      {set.map((name) => (
        <div key={name} className="col-span-2 grid grid-cols-subgrid">
          <dt className="text-muted">{t(`filters.${name}`)}</dt>
          <dd className="break-words">
            {words(name, shown[name] || query[name])}
            {isDate(name) && <span className="text-muted"> ({zone})</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function spaced({ from, to }: Props['wall']): Props['wall'] {
  return { from: from.replace('T', ' '), to: to.replace('T', ' ') };
}

/** A filter that makes no sense exports nothing. */
function NotNow(dialog: Pick<Props, 'onClose' | 'finalFocus'>) {
  const t = useTranslations('audit.export');
  const c = useTranslations('common');
  return (
    <Dialog title={t('title')} {...dialog}>
      <Notice tone="caution">{t('problem')}</Notice>
      <DialogFooter>
        <Button onClick={dialog.onClose}>{c('close')}</Button>
      </DialogFooter>
    </Dialog>
  );
}
