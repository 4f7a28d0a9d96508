'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { type Access, changedAccess, readAccess } from '@/components/tokens/access';
import { AccessFields } from '@/components/tokens/access-fields';
import type { RowDialogProps } from '@/components/tokens/row-dialog';
import { FormDialog } from '@/components/ui/form-dialog';
import { useReceipt } from '@/components/ui/receipt';
import { notify } from '@/components/ui/toast';

type Props = RowDialogProps & {
  /** Scopes that are taken out to begin with; nothing changes before it is confirmed. */
  without?: readonly string[];
};

export function EditAccessDialog({ row, actions, without = [], ...dialog }: Props) {
  const t = useTranslations('tokens.editAccess');
  const receipt = useReceipt(actions.receipt, row.id, 'inForce');
  const [access, setAccess] = useState<Access>({
    scopes: row.scopes.filter((scope) => !without.includes(scope)),
    ipAllowList: row.ipAllowList,
    limit: row.limit,
    quota: row.quota,
  });
  const { name } = row;

  async function submit(fields: FormData) {
    const next = readAccess(fields);
    if ('error' in next) return { ok: false, error: next.error } as const;
    return actions.changeAccess({ id: row.id, ...changedAccess(row, next.value) });
  }

  return (
    <FormDialog
      {...dialog}
      title={t('title', { name })}
      description={t('description')}
      confirm={t('confirm')}
      guarded
      submit={submit}
      onDone={() => {
        notify(t('done', { name }), 'good', receipt());
        dialog.onClose();
      }}
    >
      <AccessFields value={access} onChange={setAccess} load={actions.accessChoices} />
    </FormDialog>
  );
}
