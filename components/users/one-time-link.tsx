'use client';

import { useFormatter, useTimeZone, useTranslations } from 'next-intl';
import { Button } from '@/components/ui/button';
import { Input } from '@/components/ui/controls';
import { CopyButton } from '@/components/ui/copy-button';
import { Dialog, DialogFooter } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import type { ShownLink } from '@/components/users/types';

type Props = { title: string; name: string; shown: ShownLink; onClose: () => void };

/** A link that sets a password, while it can be seen. */
export function OneTimeLinkDialog({ title, name, shown, onClose }: Props) {
  const t = useTranslations('users.link');
  const format = useFormatter();
  const zone = useTimeZone() ?? 'UTC';
  return (
    <Dialog title={title} description={t('description', { name })} onClose={onClose}>
      <Field name="link" label={t('label')} hint={t('validUntil', { moment: format.dateTime(new Date(shown.expiresAt), 'short'), zone })}>
        {(control) => (
          <span className="flex gap-2 max-sm:flex-col">
            <Input
              {...control}
              readOnly
              value={shown.link}
              autoComplete="off"
              spellCheck={false}
              onFocus={(event) => event.target.select()}
              className="font-mono"
            />
            <CopyButton text={shown.link} look="primary" className="shrink-0 sm:w-28" />
          </span>
        )}
      </Field>
      <DialogFooter>
        <Button onClick={onClose}>{t('done')}</Button>
      </DialogFooter>
    </Dialog>
  );
}
