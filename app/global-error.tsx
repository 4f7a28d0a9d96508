'use client';

import './globals.css';
import { useSyncExternalStore } from 'react';
import { mono, sans } from '@/app/fonts';
import { Button } from '@/components/ui/button';
import { ErrorState } from '@/components/ui/states';
import { negotiateLocale } from '@/lib/i18n/locales';
import en from '@/lib/i18n/messages/en/fatal.json';
import nl from '@/lib/i18n/messages/nl/fatal.json';
import zh from '@/lib/i18n/messages/zh-CN/fatal.json';

const words = { en, nl, 'zh-CN': zh };

/** The root layout failed, and with it everything that knows the language: the browser's own decides. */
export default function GlobalError({ retry }: { retry: () => void }) {
  const locale = useSyncExternalStore(
    () => () => {},
    () => negotiateLocale(navigator.languages.join()),
    () => 'en' as const,
  );
  const text = words[locale];
  return (
    <html lang={locale} className={`${sans.variable} ${mono.variable}`}>
      <body>
        <title>{text.title}</title>
        <main className="grid min-h-dvh place-items-center">
          <ErrorState
            title={text.title}
            level={1}
            action={
              <Button look="primary" onClick={retry}>
                {text.tryAgain}
              </Button>
            }
          >
            {text.body}
          </ErrorState>
        </main>
      </body>
    </html>
  );
}
