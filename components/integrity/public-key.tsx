import { useTranslations } from 'next-intl';
import { Note } from '@/components/integrity/note';
import { CopyButton } from '@/components/ui/copy-button';
import { Section } from '@/components/ui/section';

/** What an auditor trusts: written down elsewhere, it needs no trust in this page. */
export function PublicKey({ text }: { text: string }) {
  const t = useTranslations('integrity.key');
  return (
    <Section id="public-key" title={t('title')} description={t('description')} action={<CopyButton text={text} label={t('copy')} />}>
      <Note label={t('text')} text={text} />
    </Section>
  );
}
