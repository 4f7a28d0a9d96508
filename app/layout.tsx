import './globals.css';
import '@/lib/i18n/types';
import type { Metadata, Viewport } from 'next';
import { getLocale, getTranslations } from 'next-intl/server';
import type { ReactNode } from 'react';
import { mono, sans } from '@/app/fonts';
import { BaseMessages } from '@/components/shell/messages';
import { ZoneReporter } from '@/components/shell/zone-reporter';
import { TipHost } from '@/components/ui/tip-host';
import { Toaster } from '@/components/ui/toast';
import { currentActor } from '@/lib/auth/actor';

// Every page is rendered on request: the scripts of a prerendered one could not carry the nonce.
export const dynamic = 'force-dynamic';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('common');
  return {
    title: { default: t('appName'), template: `%s · ${t('appName')}` },
    description: t('appDescription'),
    robots: { index: false, follow: false },
    referrer: 'same-origin',
  };
}

export const viewport: Viewport = { colorScheme: 'light dark' };

export default async function RootLayout({ children }: { children: ReactNode }) {
  const locale = await getLocale();
  // A page whose actor cannot be found out is shown all the same: its own query says what is wrong.
  const actor = await currentActor().catch(() => null);
  const theme = actor && actor.theme !== 'system' ? actor.theme : undefined;
  return (
    <html lang={locale} data-theme={theme} className={`${sans.variable} ${mono.variable}`}>
      <body>
        <BaseMessages>
          <div className="page-root">{children}</div>
          <Toaster />
          <TipHost />
          {!actor?.timeZone && <ZoneReporter />}
        </BaseMessages>
      </body>
    </html>
  );
}
