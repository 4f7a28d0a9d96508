'use client';

import { useTranslations } from 'next-intl';
import { type ReactNode, useCallback, useState } from 'react';
import { Sidebar } from '@/components/shell/sidebar';
import { SIDEBAR_COOKIE } from '@/components/shell/sidebar-cookie';
import { TopBar } from '@/components/shell/top-bar';
import { LiveControls } from '@/components/ui/live-controls';
import { keepPreference } from '@/components/ui/preference';
import { useFresh } from '@/components/ui/use-fresh';
import type { ActionResult } from '@/lib/action';
import type { Role } from '@/lib/permissions/permissions';

export type Theme = 'system' | 'light' | 'dark';

/** The person in front of the console, as the shell shows them. */
export type Viewer = { name: string; email: string; role: Role; theme: Theme };

export type SetTheme = (input: { theme: Theme }) => Promise<ActionResult<unknown>>;

type Props = {
  viewer: Viewer;
  folded: boolean;
  /** How many alerts were open, and how to find out how many are now. */
  openAlerts: number;
  readOpenAlerts: (input: Record<string, never>) => Promise<ActionResult<number>>;
  setTheme: SetTheme;
  children: ReactNode;
};

const EVERY = 60_000;
const always = () => true;

/** The frame of the console: where one can go, where one is, who one is. */
export function Shell({ viewer, folded: initiallyFolded, openAlerts, readOpenAlerts, setTheme, children }: Props) {
  const t = useTranslations('common');
  const [folded, setFolded] = useState(initiallyFolded);
  const read = useCallback(() => readOpenAlerts({}), [readOpenAlerts]);
  const { value: open } = useFresh(openAlerts, read, always, EVERY);

  function toggle() {
    setFolded(!folded);
    keepPreference(SIDEBAR_COOKIE, folded ? 'open' : 'folded');
  }

  return (
    <LiveControls>
      <a
        href="#content"
        className="fixed top-2 left-2 z-50 -translate-y-16 rounded-md bg-ink px-3 py-2 text-canvas transition-transform focus:translate-y-0"
      >
        {t('skipToContent')}
      </a>
      <div className="flex min-h-dvh">
        <Sidebar viewer={viewer} openAlerts={open} folded={folded} onToggle={toggle} />
        <div className="flex min-w-0 grow flex-col">
          <TopBar viewer={viewer} openAlerts={open} setTheme={setTheme} />
          <main id="content" tabIndex={-1} className="mx-auto w-full max-w-[1328px] grow px-4 pt-6 pb-16 outline-none sm:px-6 sm:pt-8">
            {children}
          </main>
        </div>
      </div>
    </LiveControls>
  );
}
