import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Messages } from '@/components/shell/messages';
import { LiveControls } from '@/components/ui/live-controls';
import { Mark } from '@/components/ui/mark';

/** The frame of the pages that need nobody signed in: the mark, and one card. */
export default function AuthLayout({ children }: { children: ReactNode }) {
  const t = useTranslations('common');
  return (
    <LiveControls>
      <main className="mx-auto grid min-h-dvh w-full max-w-100 content-start gap-6 px-4 pt-[max(2.5rem,12vh)] pb-10">
        <p className="flex items-center justify-center gap-2 font-semibold text-lg">
          <Mark className="size-7 text-brass-text" />
          {t('appName')}
        </p>
        <div className="rounded-lg border border-line bg-surface p-6 max-sm:p-5">
          <Messages of={['auth']}>{children}</Messages>
        </div>
      </main>
    </LiveControls>
  );
}
