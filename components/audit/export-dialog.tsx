'use client';

import Link from 'next/link';
import { useTimeZone, useTranslations } from 'next-intl';
import { useEffect, useState, useTransition } from 'react';
import type { AuditActions } from '@/components/audit/types';
import { useFilterWords } from '@/components/audit/use-filter-words';
import { Button } from '@/components/ui/button';
import { Select, Textarea } from '@/components/ui/controls';
import { Dialog, DialogFooter } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Notice } from '@/components/ui/notice';
import { notify } from '@/components/ui/toast';
import { useErrorText } from '@/components/ui/use-error-text';
import type { ActionError, ActionResult } from '@/lib/action';
import type { ExportSize } from '@/lib/audit/exports/schema';
import { sizesIn } from '@/lib/audit/exports/values';
import type { AuditFilterName, AuditMeanings, AuditPage, AuditQuery, ExportFormat } from '@/lib/audit/schema';
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
  meanings: AuditMeanings;
  actions: Pick<AuditActions, 'exportSize' | 'beginExport'>;
  onClose: () => void;
  finalFocus: () => HTMLElement | null;
};

/**
 * What would be exported, as what; then the browser fetches it as it does any file, and keeps it while it comes. What is large is better made in
 * the background, to be fetched from the page of exports.
 */
export function ExportDialog({ page, query, defaults, wall, meanings, actions, ...dialog }: Props) {
  const t = useTranslations('audit.export');
  const c = useTranslations('common');
  const errorText = useErrorText();
  const [format, setFormat] = useState<ExportFormat>('csv');
  const [pasted, setPasted] = useState('');
  const earlier = (format === 'proofs' && sizesIn(pasted)) || undefined;
  const size = useSize(page, query, actions.exportSize);
  const [error, setError] = useState<ActionError | null>(null);
  const [pending, start] = useTransition();
  const isLarge = size === 'unknown' || ('more' in size && size.more);
  if (Object.keys(page.problems).length > 0) return <NotNow {...dialog} />;
  const action = hrefOf(
    ENDPOINT,
    { ...query, cursor: '', id: '', format, earlier },
    { ...defaults, format: '', earlier: '' as string | undefined },
  );

  function begin() {
    notify(t('begun'), 'info');
    // Not before the browser has sent the form.
    setTimeout(dialog.onClose);
  }

  function beginInBackground(form: HTMLFormElement | null) {
    if (!form?.reportValidity()) return;
    start(async () => {
      const result = await actions.beginExport({ query, format, earlier }).catch(() => null);
      if (!result?.ok) return setError(result?.error ?? { code: 'no_answer' });
      notify(t('begunInBackground'), 'info');
      dialog.onClose();
    });
  }

  const inBackground = (
    <Button
      look={isLarge ? 'primary' : 'secondary'}
      pending={pending}
      onClick={({ currentTarget }) => beginInBackground(currentTarget.form)}
    >
      {t('background')}
    </Button>
  );
  const now = (
    <Button type="submit" look={isLarge ? 'secondary' : 'primary'} disabled={pending}>
      {t('confirm')}
    </Button>
  );
  return (
    <Dialog title={t('title')} description={<HowMany size={size} />} pending={pending} {...dialog}>
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
          {format === 'proofs' && <Earlier pasted={pasted} onPaste={setPasted} />}
          <p className="text-muted text-sm">{t('note')}</p>
          <p className="text-muted text-sm">
            {t.rich('backgroundNote', {
              link: (words) => (
                <Link href="/audit/exports" className="-my-1 inline-block py-1 underline underline-offset-2">
                  {words}
                </Link>
              ),
            })}
          </p>
          {error && (
            <Notice tone="danger" role="alert">
              {errorText(error)}
            </Notice>
          )}
        </div>
        <DialogFooter>
          <Button onClick={dialog.onClose} disabled={pending}>
            {c('cancel')}
          </Button>
          {isLarge ? now : inBackground}
          {isLarge ? inBackground : now}
        </DialogFooter>
      </form>
    </Dialog>
  );
}

/** Checkpoints that somebody kept: the file shows that the log continues them. */
function Earlier({ pasted, onPaste }: { pasted: string; onPaste: (text: string) => void }) {
  const t = useTranslations('audit.export');
  return (
    <Field name="earlier" label={t('earlier')} hint={t('earlierHint')}>
      {(control) => (
        <Textarea
          {...control}
          // It goes in the form's address.
          name={undefined}
          className="font-mono text-sm"
          spellCheck={false}
          value={pasted}
          onChange={({ target }) => {
            target.setCustomValidity(sizesIn(target.value) === null ? t('earlierUnread') : '');
            onPaste(target.value);
          }}
        />
      )}
    </Field>
  );
}

/** Until they are counted, what the page knows: more than it shows. */
type Size = { count: number; more: boolean } | { counting: number } | 'unknown';

/** How many would be exported: all on the page, when it has them all; or else they are counted. */
function useSize({ rows, olderCursor }: AuditPage, query: AuditQuery, read: AuditActions['exportSize']): Size {
  const isAll = query.cursor === '' && olderCursor === null;
  const [counted, setCounted] = useState<ActionResult<ExportSize> | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the dialog opens
  useEffect(() => {
    if (!isAll) read({ query }).then(setCounted, () => {});
  }, []);
  if (isAll) return { count: rows.length, more: false };
  if (!counted?.ok) return { counting: rows.length };
  return counted.data ?? 'unknown';
}

function HowMany({ size }: { size: Size }) {
  const t = useTranslations('audit.export');
  if (size === 'unknown') return t('uncounted');
  if ('counting' in size) return t('moreThan', { count: size.counting });
  return size.more ? t('large', { count: size.count }) : t('all', { count: size.count });
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
