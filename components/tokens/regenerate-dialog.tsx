'use client';

import { useTimeZone, useTranslations } from 'next-intl';
import { useState } from 'react';
import { readExpiration } from '@/components/tokens/expiration';
import { ExpirationField } from '@/components/tokens/expiration-field';
import { LastUse } from '@/components/tokens/last-use';
import type { RowDialogProps } from '@/components/tokens/row-dialog';
import type { Issued } from '@/components/tokens/use-secret';
import { FormDialog } from '@/components/ui/form-dialog';
import { Notice } from '@/components/ui/notice';

type Props = RowDialogProps & { onIssued: (issued: Issued) => void };

export function RegenerateDialog({ row, actions, onIssued, ...dialog }: Props) {
  const t = useTranslations('tokens.regenerate');
  const zone = useTimeZone() ?? 'UTC';
  // It may also expire while the dialog is open: then the server asks for a new expiration.
  const [expired, setExpired] = useState(row.isExpired);

  async function submit(fields: FormData) {
    const input = { id: row.id, generation: row.generation };
    if (!expired) {
      const result = await actions.regenerate(input);
      if (!result.ok && result.error.code === 'expiration_required') setExpired(true);
      return result;
    }
    const expiration = readExpiration(fields, zone);
    if ('error' in expiration) return { ok: false, error: expiration.error } as const;
    return actions.regenerate({ ...input, expiration: expiration.value });
  }

  const { name, hint } = row;
  return (
    <FormDialog
      {...dialog}
      title={t('title', { name })}
      description={expired ? t('expired', { name }) : t('description', { name, hint })}
      confirm={t('confirm')}
      danger={!expired}
      submit={submit}
      onDone={(token) => {
        onIssued({ ...token, again: true });
        dialog.onClose();
      }}
    >
      <LastUse row={row} load={actions.lastUse} />
      {expired && <ExpirationField />}
      {row.suspendedAt && <Notice tone="info">{t('suspended')}</Notice>}
    </FormDialog>
  );
}
