import { SearchX } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { ButtonLink } from '@/components/ui/button-link';
import { EmptyState } from '@/components/ui/states';

/** What stands where nothing is, or nothing that this person may see: the two look the same. */
export function PageNotFound() {
  const t = useTranslations('common');
  return (
    <EmptyState
      icon={SearchX}
      title={t('notFound.title')}
      level={1}
      action={
        <ButtonLink href="/tokens" look="primary">
          {t('goToTokens')}
        </ButtonLink>
      }
    >
      {t('notFound.body')}
    </EmptyState>
  );
}
