'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '@/components/ui/button';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { Input } from '@/components/ui/controls';
import { CopyButton } from '@/components/ui/copy-button';
import { Dialog, DialogFooter } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';

type Props = { title: string; signingKey: string; onClose: () => void };

/** The key with which a receiver checks what a webhook brings, the only time that it can be seen. */
export function SigningKeyDialog({ title, signingKey, onClose }: Props) {
  const t = useTranslations('streams.signingKey');
  const [copied, setCopied] = useState(false);
  const [asking, setAsking] = useState(false);
  if (asking) {
    return (
      <ConfirmDialog title={t('ask')} confirm={t('closeAnyway')} cancel={t('keep')} onConfirm={onClose} onCancel={() => setAsking(false)}>
        {t('askBody')}
      </ConfirmDialog>
    );
  }
  const leave = () => (copied ? onClose() : setAsking(true));
  return (
    <Dialog title={title} description={t('description')} onClose={leave}>
      <Field name="signingKey" label={t('label')}>
        {(control) => (
          <span className="flex gap-2 max-sm:flex-col">
            <Input
              {...control}
              readOnly
              value={signingKey}
              autoComplete="off"
              spellCheck={false}
              onFocus={(event) => event.target.select()}
              className="font-mono"
            />
            <CopyButton text={signingKey} look="primary" onCopied={() => setCopied(true)} className="shrink-0 sm:w-28" />
          </span>
        )}
      </Field>
      <DialogFooter>
        <Button onClick={leave}>{t('done')}</Button>
      </DialogFooter>
    </Dialog>
  );
}
