'use client';

import { Menu } from '@base-ui/react/menu';
import { Monitor, Moon, Sun } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useOptimistic, useTransition } from 'react';
import type { SetTheme, Theme } from '@/components/shell/shell';
import { Icon } from '@/components/ui/icon';
import { iconButtonClass } from '@/components/ui/icon-button';
import { MenuPopup, MenuRadio } from '@/components/ui/menu';
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
      const result = await setTheme({ theme: next }).catch(() => ({ ok: false, error: { code: 'unavailable' } }) as const);
      if (result.ok) return;
      applyTheme(theme);
      notify(errorText(result.error), 'info');
    });
  }

  return (
    <Menu.Root>
      <Menu.Trigger aria-label={t('theme.label')} className={iconButtonClass}>
        <Icon of={icons[shown]} />
      </Menu.Trigger>
      <MenuPopup>
        <Menu.RadioGroup value={shown} onValueChange={choose} aria-label={t('theme.label')}>
          {(['system', 'light', 'dark'] as const).map((value) => (
            <MenuRadio key={value} value={value} icon={icons[value]}>
              {t(`theme.${value}`)}
            </MenuRadio>
          ))}
        </Menu.RadioGroup>
      </MenuPopup>
    </Menu.Root>
  );
}

/** What the server writes on <html> with the next page. */
export function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
