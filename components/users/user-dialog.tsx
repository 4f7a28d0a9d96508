'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { FormDialog } from '@/components/ui/form-dialog';
import { Notice } from '@/components/ui/notice';
import { useReceipt } from '@/components/ui/receipt';
import { notify } from '@/components/ui/toast';
import { OneTimeLinkDialog } from '@/components/users/one-time-link';
import { RoleField, readRole } from '@/components/users/role-field';
import type { ShownLink, UserActions } from '@/components/users/types';
import type { UserRow } from '@/lib/users/schema';

export type UserDialogKind = 'role' | 'link' | 'disable' | 'enable';

type Props = { user: UserRow; isViewer: boolean; actions: UserActions; onClose: () => void };

/** The dialog that was chosen in a user's menu. */
export function UserDialog({ kind, ...props }: Props & { kind: UserDialogKind }) {
  switch (kind) {
    case 'role':
      return <RoleDialog {...props} />;
    case 'link':
      return <LinkDialog {...props} />;
    default:
      return <AccessDialog kind={kind} {...props} />;
  }
}

function RoleDialog({ user, isViewer, actions, onClose }: Props) {
  const t = useTranslations('users.role');
  const { id, name } = user;
  return (
    <FormDialog
      title={t('title', { name })}
      description={t('description')}
      confirm={t('confirm')}
      submit={(fields) => actions.changeRole({ id, role: readRole(fields) })}
      onDone={() => {
        notify(t('done', { name }));
        onClose();
      }}
      onClose={onClose}
    >
      <RoleField initial={user.role} />
      {isViewer && <Notice tone="caution">{t('own')}</Notice>}
    </FormDialog>
  );
}

function LinkDialog({ user, actions, onClose }: Props) {
  const t = useTranslations('users.newLink');
  const [shown, setShown] = useState<ShownLink | null>(null);
  const { id, name } = user;
  if (shown) return <OneTimeLinkDialog title={t('done', { name })} name={name} shown={shown} onClose={onClose} />;
  return (
    <FormDialog
      title={t('title', { name })}
      description={t(user.status === 'invited' ? 'invited' : 'reset')}
      confirm={t('confirm')}
      submit={() => actions.createLink({ id })}
      onDone={setShown}
      onClose={onClose}
    />
  );
}

function AccessDialog({ kind, user, isViewer, actions, onClose }: Props & { kind: 'disable' | 'enable' }) {
  const t = useTranslations(`users.${kind}`);
  const { id, name } = user;
  const receipt = useReceipt(actions.receipt, id, kind === 'disable' ? 'tokensRefused' : 'tokensPass');
  return (
    <FormDialog
      title={t('title', { name })}
      description={t('description')}
      confirm={t('confirm')}
      danger={kind === 'disable'}
      submit={() => actions[kind]({ id })}
      onDone={() => {
        notify(t('done', { name }), 'good', receipt());
        onClose();
      }}
      onClose={onClose}
    >
      {isViewer && <Notice tone="caution">{t('own')}</Notice>}
    </FormDialog>
  );
}
