'use client';

import {
  CalendarClock,
  CirclePause,
  CirclePlay,
  Ellipsis,
  KeyRound,
  LockOpen,
  Pencil,
  RefreshCw,
  ScrollText,
  ShieldCheck,
  Trash2,
} from 'lucide-react';
import Link from 'next/link';
import { useTranslations } from 'next-intl';
import type { RowAction } from '@/components/tokens/types';
import { Icon } from '@/components/ui/icon';
import { IconButton, iconButtonClass } from '@/components/ui/icon-button';
import { Menu } from '@/components/ui/menu';
import { MenuItem, MenuLink, MenuSeparator } from '@/components/ui/menu-items';
import type { TokenRow } from '@/lib/tokens/schema';

type Props = { row: TokenRow; rights: 'own' | 'manage'; onChoose: (kind: RowAction, row: TokenRow) => void };

/** What one can do with a token. Regenerating shows a value, so it is for the owner alone. */
export function RowMenu({ row, rights, onChoose }: Props) {
  const t = useTranslations('tokens');
  const label = t('actionsFor', { name: row.name });
  return (
    <Menu label={label} trigger={(props) => <IconButton {...props} label={label} data-tip={undefined} icon={Ellipsis} />}>
      <MenuItem icon={Pencil} onSelect={() => onChoose('rename', row)}>
        {t('actions.rename')}
      </MenuItem>
      <MenuItem icon={CalendarClock} onSelect={() => onChoose('changeExpiration', row)}>
        {t('actions.changeExpiration')}
      </MenuItem>
      <MenuItem icon={ShieldCheck} onSelect={() => onChoose('editAccess', row)}>
        {t('actions.editAccess')}
      </MenuItem>
      <MenuItem icon={KeyRound} onSelect={() => onChoose('bind', row)}>
        {t(row.boundThumbprint ? 'actions.changeKey' : 'actions.bind')}
      </MenuItem>
      {row.boundThumbprint && (
        <MenuItem icon={LockOpen} onSelect={() => onChoose('unbind', row)}>
          {t('actions.unbind')}
        </MenuItem>
      )}
      {rights === 'own' && (
        <MenuItem icon={RefreshCw} onSelect={() => onChoose('regenerate', row)}>
          {t('actions.regenerate')}
        </MenuItem>
      )}
      {row.suspendedAt ? (
        <MenuItem icon={CirclePlay} onSelect={() => onChoose('resume', row)}>
          {t('actions.resume')}
        </MenuItem>
      ) : (
        <MenuItem icon={CirclePause} onSelect={() => onChoose('suspend', row)}>
          {t('actions.suspend')}
        </MenuItem>
      )}
      <MenuLink icon={ScrollText} href={logOf(row)}>
        {t('actions.log')}
      </MenuLink>
      <MenuSeparator />
      <MenuItem icon={Trash2} danger onSelect={() => onChoose('delete', row)}>
        {t('actions.delete')}
      </MenuItem>
    </Menu>
  );
}

/** The only thing for those who may look and nothing else: a link. */
export function LogLink({ row }: { row: TokenRow }) {
  const t = useTranslations('tokens');
  const label = t('logOf', { name: row.name });
  return (
    <Link href={logOf(row)} prefetch={false} className={iconButtonClass} aria-label={label} data-tip={t('actions.log')}>
      <Icon of={ScrollText} />
    </Link>
  );
}

function logOf({ id }: TokenRow): string {
  return `/audit?token=${id}`;
}
