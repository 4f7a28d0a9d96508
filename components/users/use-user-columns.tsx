'use client';

import Link from 'next/link';
import { useTranslations } from 'next-intl';
import { use, useMemo } from 'react';
import type { Columns } from '@/components/table/data-table';
import { columnsOf } from '@/components/table/features';
import { Time } from '@/components/ui/time';
import { RoleBadge } from '@/components/users/role-badge';
import { UserLogLink, UserMenu } from '@/components/users/user-menu';
import { UserStatus } from '@/components/users/user-status';
import { Viewer } from '@/components/users/viewer';
import type { UserRow } from '@/lib/users/schema';

const helper = columnsOf<UserRow>();

/**
 * The columns of the user list; their ids are the names by which the server sorts. Cells are components of their own,
 * not functions made here: those would be new ones at each render, and a menu or dialog open inside them gone.
 */
export function useUserColumns(): Columns<UserRow> {
  const t = useTranslations('users.columns');
  return useMemo(
    () =>
      helper.columns([
        helper.accessor('name', { id: 'name', header: t('name'), sortDescFirst: false, meta: { lead: true }, cell: Name }),
        helper.display({ id: 'role', header: t('role'), cell: Role }),
        helper.display({ id: 'status', header: t('status'), cell: Status }),
        helper.accessor('lastSignInAt', {
          id: 'signed_in',
          header: t('lastSignIn'),
          sortDescFirst: true,
          meta: { from: 'md' },
          cell: SignedIn,
        }),
        helper.accessor('createdAt', { id: 'created', header: t('created'), sortDescFirst: true, meta: { from: 'lg' }, cell: Created }),
        helper.display({ id: 'actions', header: t('actions'), meta: { menu: true }, cell: Actions }),
      ]),
    [t],
  );
}

type Cell = { row: { original: UserRow } };

function Name({ row: { original: user } }: Cell) {
  const t = useTranslations('users');
  const viewer = use(Viewer);
  return (
    <div className="min-w-0">
      <p className="flex min-w-0 items-baseline gap-2">
        <Link href={`/users/${user.id}`} className="truncate rounded-sm font-medium hover:underline max-sm:whitespace-normal">
          {user.name}
        </Link>
        {user.id === viewer.id && <span className="shrink-0 text-muted text-xs">{t('you')}</span>}
      </p>
      <p className="truncate text-muted text-xs" title={user.email}>
        {user.email}
      </p>
    </div>
  );
}

function Role({ row: { original: user } }: Cell) {
  return <RoleBadge role={user.role} />;
}

function Status({ row: { original: user } }: Cell) {
  return <UserStatus status={user.status} />;
}

function SignedIn({ row: { original: user } }: Cell) {
  const t = useTranslations('users');
  return user.lastSignInAt ? <Time at={user.lastSignInAt} /> : <span className="text-muted">{t('neverSignedIn')}</span>;
}

function Created({ row: { original: user } }: Cell) {
  return <Time at={user.createdAt} />;
}

function Actions({ row: { original: user } }: Cell) {
  const { id, actions } = use(Viewer);
  return actions ? <UserMenu user={user} isViewer={user.id === id} actions={actions} /> : <UserLogLink user={user} />;
}
