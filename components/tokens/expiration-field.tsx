'use client';

import { useFormatter, useNow, useTimeZone, useTranslations } from 'next-intl';
import { useState } from 'react';
import { type Choice, DAY, momentOf, presetDays } from '@/components/tokens/expiration';
import { wallOf } from '@/components/tokens/wall-time';
import { Input, Select } from '@/components/ui/controls';
import { Field } from '@/components/ui/field';
import { Notice } from '@/components/ui/notice';

/** When a token ends: presets, a moment of one's own, or never; the exact moment is spelled out as one chooses. */
export function ExpirationField({ current }: { current?: string | null }) {
  const t = useTranslations('tokens.expiration');
  const zone = useTimeZone() ?? 'UTC';
  const now = useNow({ updateInterval: 10_000 });
  const [choice, setChoice] = useState<Choice>('30');
  const [custom, setCustom] = useState(() => wallOf(startOf(current, now), zone));
  const moment = momentOf(choice, custom.date, custom.time, zone, now);

  return (
    <div className="grid gap-3">
      <Field name="expiration" label={t('label')}>
        {(control) => (
          <Select {...control} value={choice} onChange={(event) => setChoice(event.target.value as Choice)}>
            {presetDays.map((days) => (
              <option key={days} value={days}>
                {days === 365 ? t('year') : t('days', { count: days })}
              </option>
            ))}
            <option value="custom">{t('custom')}</option>
            <option value="never">{t('never')}</option>
          </Select>
        )}
      </Field>
      {choice === 'custom' && (
        <div className="grid grid-cols-2 items-start gap-3 max-sm:grid-cols-1">
          <Field name="date" label={t('date')}>
            {(control) => (
              <Input
                {...control}
                type="date"
                min={wallOf(now, zone).date}
                max="9999-12-31"
                value={custom.date}
                onChange={(event) => setCustom({ ...custom, date: event.target.value })}
              />
            )}
          </Field>
          <Field name="time" label={t('time')}>
            {(control) => (
              <Input
                {...control}
                type="time"
                value={custom.time}
                onChange={(event) => setCustom({ ...custom, time: event.target.value })}
              />
            )}
          </Field>
        </div>
      )}
      <div aria-live="polite">
        <Consequence moment={moment} zone={zone} />
      </div>
    </div>
  );
}

function Consequence({ moment, zone }: { moment: ReturnType<typeof momentOf>; zone: string }) {
  const t = useTranslations('tokens.expiration');
  const format = useFormatter();
  if (moment === null) return <Notice tone="caution">{t('caution')}</Notice>;
  if (!(moment instanceof Date)) return null;
  const words = t.rich('expires', {
    moment: format.dateTime(moment, 'short'),
    zone,
    b: (text) => <strong className="numbers font-medium text-ink">{text}</strong>,
  });
  return <p className="text-muted text-sm">{words}</p>;
}

/** Where "Custom" begins: the present expiration while it lies ahead, else a month from now. */
function startOf(current: string | null | undefined, now: Date): Date {
  const expires = current ? new Date(current) : undefined;
  return expires && expires > now ? expires : new Date(now.getTime() + 30 * DAY);
}
