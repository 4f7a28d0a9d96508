'use client';

import { Menu } from '@base-ui/react/menu';
import { CalendarClock, Ellipsis, Pencil, RefreshCw, Trash2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { RowAction } from '@/components/tokens/types';
import { Icon } from '@/components/ui/icon';
import { iconButtonClass } from '@/components/ui/icon-button';
import { MenuItem, MenuPopup, MenuSeparator } from '@/components/ui/menu';
import type { TokenRow } from '@/lib/tokens/schema';

// One menu for all rows, opened by whichever row's button is pressed.
const handle = Menu.createHandle<TokenRow>();

const triggerId = (row: Pick<TokenRow, 'id'>) => `actions-${row.id}`;

/** The button of a row's menu, where the focus goes back to; null once the row is gone. */
export function rowMenuTrigger(row: Pick<TokenRow, 'id'>): HTMLElement | null {
  return document.getElementById(triggerId(row));
}

export function RowMenuTrigger({ row }: { row: TokenRow }) {
  const t = useTranslations('tokens');
  return (
    <Menu.Trigger
      handle={handle}
      payload={row}
      id={triggerId(row)}
      aria-label={t('actionsFor', { name: row.name })}
      className={iconButtonClass}
    >
      <Icon of={Ellipsis} />
    </Menu.Trigger>
  );
}

type Props = { rights: 'own' | 'manage'; onChoose: (kind: RowAction, row: TokenRow) => void };

/** What one can do with a token. Regenerating shows a value, so it is for the owner alone. */
export function RowMenu({ rights, onChoose }: Props) {
  const t = useTranslations('tokens.actions');
  return (
    <Menu.Root handle={handle}>
      {({ payload: row }) => (
        <MenuPopup>
          {row && (
            <>
              <MenuItem icon={Pencil} onSelect={() => onChoose('rename', row)}>
                {t('rename')}
              </MenuItem>
              <MenuItem icon={CalendarClock} onSelect={() => onChoose('changeExpiration', row)}>
                {t('changeExpiration')}
              </MenuItem>
              {rights === 'own' && (
                <MenuItem icon={RefreshCw} onSelect={() => onChoose('regenerate', row)}>
                  {t('regenerate')}
                </MenuItem>
              )}
              <MenuSeparator />
              <MenuItem icon={Trash2} danger onSelect={() => onChoose('delete', row)}>
                {t('delete')}
              </MenuItem>
            </>
          )}
        </MenuPopup>
      )}
    </Menu.Root>
  );
}
