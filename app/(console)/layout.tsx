import type { ReactNode } from 'react';
import { openAlertsAction, setThemeAction } from '@/app/(console)/actions';
import { listExportsAction } from '@/app/(console)/audit/exports/actions';
import { ExportWatch } from '@/components/exports/export-watch';
import { Messages } from '@/components/shell/messages';
import { Shell } from '@/components/shell/shell';
import { SIDEBAR_COOKIE } from '@/components/shell/sidebar-cookie';
import { countOpenAlerts } from '@/lib/alerts/queries';
import { exportsUnderWay } from '@/lib/audit/exports/queries';
import { currentActor } from '@/lib/auth/actor';
import { readPreference } from '@/lib/auth/cookies';

export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const actor = await currentActor();
  // Not signed in: the page itself leads to the sign-in page, and back to its own address.
  if (!actor) return children;
  const folded = (await readPreference(SIDEBAR_COOKIE)) === 'folded';
  const { name, email, role, theme } = actor;
  const [openAlerts, exports] = await Promise.all([countOpenAlerts(actor), exportsUnderWay(actor)]);
  return (
    <Shell
      viewer={{ name, email, role, theme }}
      folded={folded}
      openAlerts={openAlerts}
      readOpenAlerts={openAlertsAction}
      setTheme={setThemeAction}
    >
      {children}
      {exports.length > 0 && (
        <Messages of={['exports']}>
          <ExportWatch ids={exports} read={listExportsAction} />
        </Messages>
      )}
    </Shell>
  );
}
