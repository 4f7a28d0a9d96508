'use client';

import Link from 'next/link';
import { useTranslations } from 'next-intl';
import { useMemo } from 'react';
import type { Columns } from '@/components/table/data-table';
import { columnsOf } from '@/components/table/features';
import { Time } from '@/components/ui/time';
import { RoleBadge } from '@/components/users/role-badge';
import type { UserActions } from '@/components/users/types';
import { UserMenu } from '@/components/users/user-menu';
import { UserStatus } from '@/components/users/user-status';
import type { UserRow } from '@/lib/users/schema';

const helper = columnsOf<UserRow>();

/** The columns of the user list; their ids are the names by which the server sorts. */
export function useUserColumns(viewerId: string, actions: UserActions | null): Columns<UserRow> {
  const t = useTranslations('users');
  return useMemo(() => {
    const columns: Columns<UserRow> = helper.columns([
      helper.accessor('name', {
        id: 'name',
        header: t('columns.name'),
        sortDescFirst: false,
        meta: { lead: true },
        cell: ({ row }) => <Name user={row.original} you={row.original.id === viewerId ? t('you') : null} />,
      }),
      helper.display({ id: 'role', header: t('columns.role'), cell: ({ row }) => <RoleBadge role={row.original.role} /> }),
      helper.display({ id: 'status', header: t('columns.status'), cell: ({ row }) => <UserStatus status={row.original.status} /> }),
      helper.accessor('lastSignInAt', {
        id: 'signed_in',
        header: t('columns.lastSignIn'),
        sortDescFirst: true,
        meta: { from: 'md' },
        cell: ({ row }) => <Moment at={row.original.lastSignInAt} never={t('neverSignedIn')} />,
      }),
      helper.accessor('createdAt', {
        id: 'created',
        header: t('columns.created'),
        sortDescFirst: true,
        meta: { from: 'lg' },
        cell: ({ row }) => <Time at={row.original.createdAt} />,
      }),
    ]);
    if (!actions) return columns;
    const menu = helper.display({
      id: 'actions',
      header: t('columns.actions'),
      meta: { menu: true },
      cell: ({ row }) => <UserMenu user={row.original} isViewer={row.original.id === viewerId} actions={actions} />,
    });
    return [...columns, menu];
  }, [t, viewerId, actions]);
}

function Name({ user, you }: { user: UserRow; you: string | null }) {
  return (
    <div className="min-w-0">
      <p className="flex min-w-0 items-baseline gap-2">
        <Link href={`/users/${user.id}`} className="truncate rounded-sm font-medium hover:underline max-sm:whitespace-normal">
          {user.name}
        </Link>
        {you && <span className="shrink-0 text-muted text-xs">{you}</span>}
      </p>
      <p className="truncate text-muted text-xs" title={user.email}>
        {user.email}
      </p>
    </div>
  );
}

function Moment({ at, never }: { at: string | null; never: string }) {
  return at ? <Time at={at} /> : <span className="text-muted">{never}</span>;
}
