'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { SigningKeyDialog } from '@/components/streams/signing-key';
import type { StreamActions } from '@/components/streams/types';
import { Select } from '@/components/ui/controls';
import { Field } from '@/components/ui/field';
import { FormDialog } from '@/components/ui/form-dialog';
import type { StreamRow } from '@/lib/streams/schema';
import { keyOverlaps } from '@/lib/streams/values';

const USUAL = 24;

type Props = { stream: StreamRow; rotate: StreamActions['rotate']; onClose: () => void };

/** Asks how long the old key signs along, and shows the new one. */
export function RotateKey({ stream: { id, name }, rotate, onClose }: Props) {
  const t = useTranslations('streams.rotate');
  const [overlap, setOverlap] = useState<(typeof keyOverlaps)[number]>(USUAL);
  const [signingKey, setSigningKey] = useState<string | null>(null);
  if (signingKey) return <SigningKeyDialog title={t('shownTitle', { name })} signingKey={signingKey} onClose={onClose} />;
  return (
    <FormDialog
      title={t('title', { name })}
      description={t('description')}
      confirm={t('confirm')}
      submit={() => rotate({ id, overlapHours: overlap })}
      onDone={(done) => setSigningKey(done.signingKey)}
      onClose={onClose}
    >
      <Field name="overlapHours" label={t('overlap')} hint={t(overlap === 0 ? 'hintNone' : 'hint')}>
        {(control) => (
          <Select
            {...control}
            value={overlap}
            onChange={(event) => setOverlap(keyOverlaps.find((one) => `${one}` === event.target.value) ?? USUAL)}
          >
            {keyOverlaps.map((hours) => (
              <option key={hours} value={hours}>
                {t(`overlaps.${hours}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </FormDialog>
  );
}
