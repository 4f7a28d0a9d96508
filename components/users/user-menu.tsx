'use client';

import { Ban, Ellipsis, LinkIcon, RotateCcw, ScrollText, UserCog } from 'lucide-react';
import Link from 'next/link';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Icon } from '@/components/ui/icon';
import { IconButton, iconButtonClass } from '@/components/ui/icon-button';
import { Menu } from '@/components/ui/menu';
import { MenuItem, MenuLink, MenuSeparator } from '@/components/ui/menu-items';
import type { UserActions } from '@/components/users/types';
import { UserDialog, type UserDialogKind } from '@/components/users/user-dialog';
import type { UserRow } from '@/lib/users/schema';

type Props = { user: UserRow; isViewer: boolean; actions: UserActions };

/** What an administrator can do with a user. One's own password changes on the profile page, never by a link. */
export function UserMenu({ user, isViewer, actions }: Props) {
  const t = useTranslations('users');
  const [open, setOpen] = useState<UserDialogKind | null>(null);
  const label = t('actionsFor', { name: user.name });
  const disabled = user.status === 'disabled';
  return (
    <>
      <Menu label={label} trigger={(props) => <IconButton {...props} label={label} data-tip={undefined} icon={Ellipsis} />}>
        <MenuItem icon={UserCog} onSelect={() => setOpen('role')}>
          {t('actions.role')}
        </MenuItem>
        {!isViewer && !disabled && (
          <MenuItem icon={LinkIcon} onSelect={() => setOpen('link')}>
            {t('actions.link')}
          </MenuItem>
        )}
        <MenuLink icon={ScrollText} href={logOf(user)}>
          {t('actions.log')}
        </MenuLink>
        <MenuSeparator />
        {disabled ? (
          <MenuItem icon={RotateCcw} onSelect={() => setOpen('enable')}>
            {t('actions.enable')}
          </MenuItem>
        ) : (
          <MenuItem icon={Ban} danger onSelect={() => setOpen('disable')}>
            {t('actions.disable')}
          </MenuItem>
        )}
      </Menu>
      {open && <UserDialog kind={open} user={user} isViewer={isViewer} actions={actions} onClose={() => setOpen(null)} />}
    </>
  );
}

/** The only thing for those who may look and nothing else: a link. */
export function UserLogLink({ user }: { user: UserRow }) {
  const t = useTranslations('users');
  const label = t('logOf', { name: user.name });
  return (
    <Link href={logOf(user)} prefetch={false} className={iconButtonClass} aria-label={label} data-tip={t('actions.log')}>
      <Icon of={ScrollText} />
    </Link>
  );
}

/** What they did, and what was done to them. */
function logOf({ id }: UserRow): string {
  return `/audit?q=${id}`;
}
