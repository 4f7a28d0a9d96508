'use client';

import { useTranslations } from 'next-intl';
import type { RowDialogProps } from '@/components/tokens/row-dialog';
import { Input } from '@/components/ui/controls';
import { Field } from '@/components/ui/field';
import { FormDialog } from '@/components/ui/form-dialog';
import { notify } from '@/components/ui/toast';

type Props = RowDialogProps & { onRename: (change: { id: string; name: string }) => void };

export function RenameDialog({ row, actions, onRename, ...dialog }: Props) {
  const t = useTranslations('tokens');

  async function submit(fields: FormData) {
    const name = String(fields.get('name'));
    // The list shows the new name while the server decides; a refusal brings the old one back.
    onRename({ id: row.id, name });
    const result = await actions.rename({ id: row.id, name });
    return result.ok ? ({ ok: true, data: name.trim() } as const) : result;
  }

  return (
    <FormDialog
      {...dialog}
      title={t('rename.title', { name: row.name })}
      description={t('rename.description')}
      confirm={t('rename.confirm')}
      guarded
      submit={submit}
      onDone={(name) => {
        notify(t('rename.done', { name }));
        dialog.onClose();
      }}
    >
      <Field name="name" label={t('fields.name')}>
        {(control) => <Input {...control} defaultValue={row.name} autoComplete="off" onFocus={(event) => event.target.select()} />}
      </Field>
    </FormDialog>
  );
}
