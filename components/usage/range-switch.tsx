import { useTranslations } from 'next-intl';
import { LinkSwitch } from '@/components/ui/link-switch';
import { type UsageRange, usageRanges } from '@/lib/usage/schema';

/** How far back one looks. */
export function RangeSwitch({ range, href }: { range: UsageRange; href: (range: UsageRange) => string }) {
  const t = useTranslations('usage');
  const words = (one: UsageRange) => t(`ranges.${one}`);
  return <LinkSwitch choices={usageRanges} chosen={range} href={href} words={words} label={t('range')} className="max-sm:-mx-1" />;
}
