'use client';

import { useFormatter, useNow, useTimeZone, useTranslations } from 'next-intl';
import { useState } from 'react';
import type { OldValueDialogProps } from '@/components/tokens/finish-grace-dialog';
import { graceEnd, graces, readGrace } from '@/components/tokens/grace';
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
  const [seconds, setSeconds] = useState<number>(graces[2]);
  // As it was when the dialog was opened: what somebody else decides meanwhile is noticed by the server.
  const [{ until, notAfter, graceUntil }] = useState(oldValue);
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
      <GraceField label={t('extendLabel')} value={seconds} onChoose={setSeconds}>
        {end.until <= new Date(until)
          ? t('notLonger')
          : t.rich(end.isCut ? 'extendExpiry' : 'extendUntil', { moment: short(end.until), zone, b: Moment })}
      </GraceField>
    </FormDialog>
  );
}
