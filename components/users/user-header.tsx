'use client';

import { ArrowLeft } from 'lucide-react';
import Link from 'next/link';
import { useTranslations } from 'next-intl';
import { Icon } from '@/components/ui/icon';
import { useReceiptWords } from '@/components/ui/receipt';
import { Time } from '@/components/ui/time';
import { RoleBadge } from '@/components/users/role-badge';
import type { UserActions } from '@/components/users/types';
import { UserMenu } from '@/components/users/user-menu';
import { UserStatus } from '@/components/users/user-status';
import type { Receipt } from '@/lib/instances/schema';
import type { UserRow } from '@/lib/users/schema';

type Props = { user: UserRow; viewerId: string; receipt: Receipt | null; actions: UserActions | null };

/** Who somebody is, and for administrators what to do with them. `receipt`: since when their tokens are refused, or pass again. */
export function UserHeader({ user, viewerId, receipt, actions }: Props) {
  const t = useTranslations('users');
  const words = useReceiptWords(user.status === 'disabled' ? 'tokensRefused' : 'tokensPass');
  return (
    <header className="grid gap-4">
      {/* Somebody at their own page may not be one who sees the list. */}
      {(actions || user.id !== viewerId) && (
        <Link href="/users" className="-ml-1 inline-flex items-center gap-1 justify-self-start rounded-sm px-1 text-muted hover:text-ink">
          <Icon of={ArrowLeft} />
          {t('title')}
        </Link>
      )}
      <div className="flex items-start justify-between gap-4">
        <div className="grid min-w-0 gap-1">
          <h1 className="font-semibold text-2xl tracking-tight">{user.name}</h1>
          <p className="text-muted">{user.email}</p>
        </div>
        {actions && <UserMenu user={user} isViewer={user.id === viewerId} actions={actions} />}
      </div>
      <dl className="grid grid-cols-2 gap-x-10 gap-y-3 text-sm sm:flex [&_dd]:mt-1 [&_dt]:text-muted">
        <div>
          <dt>{t('columns.role')}</dt>
          <dd>
            <RoleBadge role={user.role} />
          </dd>
        </div>
        <div>
          <dt>{t('columns.status')}</dt>
          <dd>
            <UserStatus status={user.status} />
            {receipt && receipt.instances > 0 && (
              <span className="numbers mt-1 block text-muted">
                <Time at={receipt.at} /> · {words(receipt)}
              </span>
            )}
          </dd>
        </div>
        <div>
          <dt>{t('columns.created')}</dt>
          <dd>
            <Time at={user.createdAt} />
          </dd>
        </div>
        <div>
          <dt>{t('columns.lastSignIn')}</dt>
          <dd>{user.lastSignInAt ? <Time at={user.lastSignInAt} /> : t('neverSignedIn')}</dd>
        </div>
      </dl>
    </header>
  );
}
