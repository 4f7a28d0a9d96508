'use client';

import { useFormatter, useNow, useTimeZone, useTranslations } from 'next-intl';
import { useState } from 'react';
import { readExpiration } from '@/components/tokens/expiration';
import { ExpirationField } from '@/components/tokens/expiration-field';
import { graceEnd, gracesWithin, readGrace } from '@/components/tokens/grace';
import { GraceField, Moment } from '@/components/tokens/grace-field';
import { LastUse } from '@/components/tokens/last-use';
import type { RowDialogProps } from '@/components/tokens/row-dialog';
import type { Issued } from '@/components/tokens/use-secret';
import { FormDialog } from '@/components/ui/form-dialog';
import { Notice } from '@/components/ui/notice';
import type { TokenRow } from '@/lib/tokens/schema';

type Props = RowDialogProps & {
  /** What the policy allows; 0: none. */
  longestGraceHours: number;
  onIssued: (issued: Issued) => void;
};

export function RegenerateDialog({ row, actions, longestGraceHours, onIssued, ...dialog }: Props) {
  const t = useTranslations('tokens.regenerate');
  const g = useTranslations('tokens.grace');
  const zone = useTimeZone() ?? 'UTC';
  // It may also expire while the dialog is open: then the server asks for a new expiration.
  const [expired, setExpired] = useState(row.isExpired);
  const [grace, setGrace] = useState(0);

  async function submit(fields: FormData) {
    const input = { id: row.id, generation: row.generation };
    if (!expired) {
      const result = await actions.regenerate({ ...input, graceSeconds: readGrace(fields) });
      if (!result.ok && result.error.code === 'expiration_required') setExpired(true);
      return result;
    }
    const expiration = readExpiration(fields, zone);
    if ('error' in expiration) return { ok: false, error: expiration.error } as const;
    return actions.regenerate({ ...input, expiration: expiration.value });
  }

  const { name, hint } = row;
  const graces = gracesWithin(longestGraceHours);
  return (
    <FormDialog
      {...dialog}
      title={t('title', { name })}
      description={expired ? t('expired', { name }) : t('description', { name, hint })}
      confirm={t('confirm')}
      danger={!expired && (grace === 0 || row.oldValueUntil !== null)}
      submit={submit}
      onDone={(token) => {
        onIssued({ ...token, again: true });
        dialog.onClose();
      }}
    >
      <LastUse row={row} load={actions.lastUse} />
      {expired ? (
        <ExpirationField />
      ) : graces.length > 0 ? (
        <GraceField label={g('label')} value={grace} onChoose={setGrace} choices={graces} optional>
          <Consequence row={row} seconds={grace} />
        </GraceField>
      ) : (
        <p className="text-pretty text-muted text-sm">
          <Consequence row={row} seconds={0} />
        </p>
      )}
      {!expired && row.oldValueUntil && <Notice tone="caution">{g('ends')}</Notice>}
      {row.suspendedAt && <Notice tone="info">{t('suspended')}</Notice>}
    </FormDialog>
  );
}

/** Until when exactly the value of now goes on working. */
function Consequence({ row: { hint, expiresAt }, seconds }: { row: TokenRow; seconds: number }) {
  const t = useTranslations('tokens.grace');
  const format = useFormatter();
  const zone = useTimeZone() ?? 'UTC';
  const now = useNow({ updateInterval: 10_000 });
  if (seconds === 0) return t('atOnce', { hint });
  const { until, isCut } = graceEnd(seconds, now, expiresAt);
  return t.rich(isCut ? 'untilExpiry' : 'until', { hint, moment: format.dateTime(until, 'short'), zone, b: Moment });
}
