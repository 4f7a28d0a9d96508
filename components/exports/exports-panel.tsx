'use client';

import { FileDown } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useCallback, useMemo, useRef, useState, useTransition } from 'react';
import { type Decision, type ExportActions, isUnderWay } from '@/components/exports/types';
import { List, useExportColumns } from '@/components/exports/use-export-columns';
import { PageHeader } from '@/components/shell/page-header';
import { DataTable } from '@/components/table/data-table';
import { useNavigation } from '@/components/table/use-navigation';
import { ButtonLink } from '@/components/ui/button-link';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { Notice } from '@/components/ui/notice';
import { EmptyState } from '@/components/ui/states';
import { notify } from '@/components/ui/toast';
import { useErrorText } from '@/components/ui/use-error-text';
import { useFresh } from '@/components/ui/use-fresh';
import type { ActionError } from '@/lib/action';
import type { ExportRow } from '@/lib/audit/exports/schema';
import type { ErrorCode } from '@/lib/errors';

const EVERY = 1000;

type Props = {
  rows: ExportRow[];
  actions: ExportActions;
  /** Why a file was not given. */
  refused?: ErrorCode;
};

/** One's own exports: how far they are, their files, and the way to be rid of them. It looks again while one is made. */
export function ExportsPanel({ rows: first, actions, refused }: Props) {
  const t = useTranslations('exports');
  const errorText = useErrorText();
  const content = useRef<HTMLDivElement>(null);
  const navigation = useNavigation();
  const columns = useExportColumns();
  const look = useCallback(() => actions.read({}), [actions]);
  const { value: rows, failed } = useFresh(first, look, someUnderWay, EVERY);
  const [asked, ask] = useState<{ row: ExportRow; decision: Decision } | null>(null);
  const [error, setError] = useState<ActionError | null>(refused ? { code: refused } : null);
  const [, start] = useTransition();
  const list = useMemo(() => ({ isUnsure: failed, decide: (row: ExportRow, decision: Decision) => ask({ row, decision }) }), [failed]);

  function decide({ row, decision }: NonNullable<typeof asked>) {
    ask(null);
    start(async () => {
      const result = await actions[decision]({ id: row.id }).catch(() => null);
      setError(result === null ? { code: 'no_answer' } : result.ok ? null : result.error);
      if (result?.ok) notify(t(`${decision}.done`));
    });
  }

  return (
    <div ref={content} tabIndex={-1} className="outline-none">
      <PageHeader title={t('title')} description={t('description')} actions={<ButtonLink href="/audit">{t('log')}</ButtonLink>} />
      {error && (
        <Notice tone="danger" role="alert" className="mb-3">
          {error.code === 'not_found' ? t('gone') : errorText(error)}
        </Notice>
      )}
      <List value={list}>
        <DataTable
          label={t('title')}
          columns={columns}
          rows={rows}
          rowId={(row) => row.id}
          navigation={navigation}
          empty={
            <EmptyState icon={FileDown} title={t('empty.title')}>
              {t('empty.text')}
            </EmptyState>
          }
        />
      </List>
      {asked && (
        <ConfirmDialog
          title={t(`${asked.decision}.title`)}
          confirm={t(`${asked.decision}.confirm`)}
          cancel={t(`${asked.decision}.keep`)}
          onConfirm={() => decide(asked)}
          onCancel={() => ask(null)}
          finalFocus={() => document.getElementById(`export-${asked.row.id}-${asked.decision}`) ?? content.current}
        >
          {t(`${asked.decision}.text`)}
        </ConfirmDialog>
      )}
    </div>
  );
}

function someUnderWay(rows: ExportRow[]): boolean {
  return rows.some(isUnderWay);
}
