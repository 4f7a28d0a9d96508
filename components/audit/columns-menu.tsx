'use client';

import { Columns3 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type AuditColumn, columnsText } from '@/components/audit/columns';
import { buttonClass } from '@/components/ui/button';
import { Icon } from '@/components/ui/icon';
import { Menu } from '@/components/ui/menu';
import { MenuCheckbox, MenuItem, MenuSeparator } from '@/components/ui/menu-items';
import { auditColumns, usualColumns } from '@/lib/audit/values';

type Props = { columns: readonly AuditColumn[]; onChange: (columns: string) => void };

/** Which columns the log shows, besides the event. */
export function ColumnsMenu({ columns, onChange }: Props) {
  const t = useTranslations('audit.columns');
  const toggle = (name: AuditColumn) =>
    onChange(columnsText(columns.includes(name) ? columns.filter((one) => one !== name) : [...columns, name]));
  return (
    <Menu
      label={t('choose')}
      trigger={(props) => (
        <button {...props} className={buttonClass()}>
          <Icon of={Columns3} className="text-muted" />
          {t('choose')}
        </button>
      )}
    >
      {auditColumns.map((name) => (
        <MenuCheckbox key={name} checked={columns.includes(name)} onToggle={() => toggle(name)}>
          {t(name)}
        </MenuCheckbox>
      ))}
      <MenuSeparator />
      <MenuItem onSelect={() => onChange(columnsText(usualColumns))}>{t('usual')}</MenuItem>
    </Menu>
  );
}
