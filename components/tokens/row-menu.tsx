'use client';

import { CalendarClock, CirclePause, CirclePlay, Ellipsis, Pencil, RefreshCw, ShieldCheck, Trash2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { RowAction } from '@/components/tokens/types';
import { IconButton } from '@/components/ui/icon-button';
import { Menu } from '@/components/ui/menu';
import { MenuItem, MenuSeparator } from '@/components/ui/menu-items';
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
      <MenuSeparator />
      <MenuItem icon={Trash2} danger onSelect={() => onChoose('delete', row)}>
        {t('actions.delete')}
      </MenuItem>
    </Menu>
  );
}
