import { useTranslations } from 'next-intl';
import type { AlertRow } from '@/lib/alerts/schema';

/** Puts what was noticed into one plain sentence; beside it stands which token it is about. */
export function useAlertWords(): (alert: Pick<AlertRow, 'rule' | 'reason' | 'address' | 'figures'>) => string {
  const t = useTranslations('alerts');
  return ({ rule, reason, address, figures }) => {
    const many = rule === 'new_network' ? t('place.manyNetworks') : t('place.manyAddresses');
    const place = address === '*' ? many : address || t('place.unknown');
    const words = { place, requests: 0, minutes: 0, days: 0, peak: 0, ...figures };
    return rule === 'dead_value' ? t(`sentences.${reason === 'deleted' ? 'deleted' : 'superseded'}`, words) : t(`sentences.${rule}`, words);
  };
}
