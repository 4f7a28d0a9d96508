'use client';

import { Monitor, Moon, Sun } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useOptimistic, useTransition } from 'react';
import type { SetTheme, Theme } from '@/components/shell/shell';
import { IconButton } from '@/components/ui/icon-button';
import { lostAnswer } from '@/components/ui/lost';
import { Menu } from '@/components/ui/menu';
import { MenuRadio } from '@/components/ui/menu-items';
import { notify } from '@/components/ui/toast';
import { useErrorText } from '@/components/ui/use-error-text';

const icons = { system: Monitor, light: Sun, dark: Moon };

/** Light, dark or as the system: seen at once, kept with the account. */
export function ThemeMenu({ theme, setTheme }: { theme: Theme; setTheme: SetTheme }) {
  const t = useTranslations('common');
  const errorText = useErrorText();
  const [shown, show] = useOptimistic(theme);
  const [, start] = useTransition();

  function choose(next: Theme) {
    start(async () => {
      show(next);
      applyTheme(next);
      const result = await setTheme({ theme: next }).catch((error) => ({ ok: false, error: lostAnswer(error) }) as const);
      if (result.ok) return;
      applyTheme(theme);
      notify(errorText(result.error), 'info');
    });
  }

  return (
    <Menu label={t('theme.label')} trigger={(props) => <IconButton {...props} label={t('theme.label')} icon={icons[shown]} />}>
      {(['system', 'light', 'dark'] as const).map((value) => (
        <MenuRadio key={value} checked={value === shown} icon={icons[value]} onSelect={() => choose(value)}>
          {t(`theme.${value}`)}
        </MenuRadio>
      ))}
    </Menu>
  );
}

/** What the server writes on <html> with the next page. */
function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
