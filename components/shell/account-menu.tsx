'use client';

import clsx from 'clsx';
import { ChevronsUpDown, CircleUser, LogOut } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { Viewer } from '@/components/shell/shell';
import { Icon } from '@/components/ui/icon';
import { Menu } from '@/components/ui/menu';
import { MenuItem, MenuLink, MenuSeparator } from '@/components/ui/menu-items';
import { notify } from '@/components/ui/toast';
import { signOutFromPage } from '@/lib/auth/client';

/** Who is signed in, and the way out. */
export function AccountMenu({ viewer, folded = false, onNavigate }: { viewer: Viewer; folded?: boolean; onNavigate?: () => void }) {
  const t = useTranslations('common');

  async function signOutHere() {
    const answer = await signOutFromPage();
    if (!answer.ok) return notify(t('signOutFailed'), 'info');
    // A full load: nothing of this person's pages stays in the browser's memory.
    window.location.assign(answer.url);
  }

  const wide = folded ? 'sr-only' : 'max-lg:md:sr-only';
  return (
    <Menu
      align="start"
      side="top"
      trigger={(props) => (
        <button
          {...props}
          className="flex h-10 w-full items-center gap-2.5 rounded-md px-1 text-left transition-colors hover:bg-hover aria-expanded:bg-hover lg:px-2"
        >
          <Initials name={viewer.name} />
          <span className={clsx('grow truncate font-medium', wide)}>{t('account')}</span>
          <Icon of={ChevronsUpDown} className={clsx('text-muted', folded ? 'hidden' : 'max-lg:md:hidden')} />
        </button>
      )}
    >
      <div className="grid px-2 py-1.5">
        <span className="truncate font-medium">{viewer.name}</span>
        <span className="truncate text-muted text-sm">{viewer.email}</span>
        <span className="text-muted text-sm">{t(`role.${viewer.role}`)}</span>
      </div>
      <MenuSeparator />
      <MenuLink href="/profile" icon={CircleUser} onNavigate={onNavigate}>
        {t('nav.profile')}
      </MenuLink>
      <MenuSeparator />
      <MenuItem icon={LogOut} onSelect={signOutHere}>
        {t('signOut')}
      </MenuItem>
    </Menu>
  );
}

function Initials({ name }: { name: string }) {
  const words = name.split(/\s+/).filter(Boolean);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => (word ? [...word][0] : '')).join('');
  return (
    <span
      aria-hidden="true"
      className="grid size-6 shrink-0 place-items-center rounded-full border border-brass-line bg-brass-soft font-semibold text-[10px] text-brass-text"
    >
      {letters.toLocaleUpperCase()}
    </span>
  );
}
