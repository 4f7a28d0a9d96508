'use client';

import { Ban, Ellipsis, LinkIcon, RotateCcw, UserCog } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { IconButton } from '@/components/ui/icon-button';
import { Menu } from '@/components/ui/menu';
import { MenuItem, MenuSeparator } from '@/components/ui/menu-items';
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
