'use client';

import { useFormatter, useNow, useTimeZone, useTranslations } from 'next-intl';
import { useState } from 'react';
import type { OldValueDialogProps } from '@/components/tokens/finish-grace-dialog';
import { graceEnd, gracesWithin, readGrace } from '@/components/tokens/grace';
import { GraceField, Moment } from '@/components/tokens/grace-field';
import { FormDialog } from '@/components/ui/form-dialog';
import { useReceipt } from '@/components/ui/receipt';
import { notify } from '@/components/ui/toast';

export function ExtendGraceDialog({ oldValue, token: { id, name, generation }, actions, onClose }: OldValueDialogProps) {
  const t = useTranslations('tokens.oldValue');
  const format = useFormatter();
  const zone = useTimeZone() ?? 'UTC';
  const receipt = useReceipt(actions.receipt, id, 'inForce');
  const now = useNow({ updateInterval: 10_000 });
  // As it was when the dialog was opened: what somebody else decides meanwhile is noticed by the server.
  const [{ replacedAt, until, notAfter, isCapped, graceUntil }] = useState(oldValue);
  const choices = gracesWithin(isCapped && replacedAt ? (Date.parse(notAfter) - Date.parse(replacedAt)) / 3_600_000 : 24);
  const [seconds, setSeconds] = useState(choices.at(-1) ?? 0);
  const end = graceEnd(seconds, now, notAfter);
  const short = (moment: Date | string) => format.dateTime(new Date(moment), 'short');
  return (
    <FormDialog
      title={t('extendTitle', { name })}
      description={t('extendDescription', { moment: short(until), zone })}
      confirm={t('extend')}
      submit={(fields) => actions.extend({ id, generation, until: graceUntil ?? until, graceSeconds: readGrace(fields) })}
      onDone={(extended) => {
        notify(t('extended', { name, moment: short(extended.until) }), 'good', receipt());
        onClose();
      }}
      onClose={onClose}
    >
      <GraceField label={t('extendLabel')} value={seconds} onChoose={setSeconds} choices={choices}>
        {end.until <= new Date(until)
          ? t('notLonger')
          : t.rich(end.isCut ? (isCapped ? 'extendCap' : 'extendExpiry') : 'extendUntil', { moment: short(end.until), zone, b: Moment })}
      </GraceField>
    </FormDialog>
  );
}
