'use client';

import { useTranslations } from 'next-intl';
import { Button } from '@/components/ui/button';
import { ErrorState } from '@/components/ui/states';

/** What a page shows when it failed: Next's error boundaries hand in the error and the way to try again. */
export function PageError({ error, retry }: { error: unknown; retry: () => void }) {
  const t = useTranslations('common');
  const digest = error instanceof Error && 'digest' in error ? String(error.digest) : undefined;
  return (
    <ErrorState
      title={t('error.title')}
      level={1}
      action={
        <Button look="primary" onClick={retry}>
          {t('tryAgain')}
        </Button>
      }
    >
      <p>{t('error.body')}</p>
      {digest && <p className="mt-1 font-mono text-faint text-xs">{t('error.id', { id: digest })}</p>}
    </ErrorState>
  );
}
