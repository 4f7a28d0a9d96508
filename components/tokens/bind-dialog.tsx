'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { shortPrint } from '@/components/tokens/access-summary';
import { type KeyChoice, readKey } from '@/components/tokens/key';
import { KeyField } from '@/components/tokens/key-field';
import type { RowDialogProps } from '@/components/tokens/row-dialog';
import { FormDialog } from '@/components/ui/form-dialog';
import { notify } from '@/components/ui/toast';

/** Binds a token to a key, or to another one. Loaded when it is asked for: few tokens are bound, and each page stays small. */
export function BindDialog({ row, actions, ...dialog }: RowDialogProps) {
  const t = useTranslations('tokens.bind');
  const [choice, setChoice] = useState<KeyChoice>({ way: 'make', made: null, saved: false });
  // As it was when the dialog was opened: what somebody else decides meanwhile is noticed by the server.
  const [{ id, name, boundThumbprint }] = useState(row);

  async function submit() {
    const key = readKey(choice);
    if ('error' in key) return { ok: false, error: key.error } as const;
    return actions.bind({ id, publicKey: key.value, from: boundThumbprint });
  }

  return (
    <FormDialog
      {...dialog}
      title={t(boundThumbprint ? 'titleChange' : 'title', { name })}
      description={boundThumbprint ? t('descriptionChange', { key: shortPrint(boundThumbprint) }) : t('description')}
      confirm={t(boundThumbprint ? 'confirmChange' : 'confirm')}
      guarded
      submit={submit}
      onDone={({ thumbprint }) => {
        notify(t('done', { name, key: shortPrint(thumbprint) }));
        dialog.onClose();
      }}
    >
      <KeyField value={choice} onChange={setChoice} fileName={fileNameOf(name)} />
    </FormDialog>
  );
}

/** A name for a file on any system. */
function fileNameOf(name: string): string {
  return name.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-+|-+$/g, '') || 'token';
}
