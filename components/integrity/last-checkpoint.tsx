import { Download } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Note } from '@/components/integrity/note';
import { buttonClass } from '@/components/ui/button';
import { CopyButton } from '@/components/ui/copy-button';
import { Icon } from '@/components/ui/icon';
import { Section } from '@/components/ui/section';
import { Time } from '@/components/ui/time';
import type { Integrity } from '@/lib/audit/verification/schema';

/** The newest signed statement of what the log was, to be kept elsewhere. */
export function LastCheckpoint({ checkpoint }: Pick<Integrity, 'checkpoint'>) {
  const t = useTranslations('integrity.checkpoint');
  if (!checkpoint) {
    return (
      <Section id="checkpoint" title={t('title')} description={t('description')}>
        <p className="text-muted">{t('none')}</p>
      </Section>
    );
  }
  const { number, leaves, at, note } = checkpoint;
  const actions = (
    <div className="flex flex-wrap gap-2">
      <CopyButton text={note} label={t('copy')} />
      <a
        className={buttonClass()}
        download={`latchkey-checkpoint-${number}.txt`}
        href={`data:text/plain;charset=utf-8,${encodeURIComponent(note)}`}
      >
        <Icon of={Download} />
        {t('download')}
      </a>
    </div>
  );
  return (
    <Section id="checkpoint" title={t('title')} description={t('description')} action={actions}>
      <p>{t.rich('what', { number, leaves, time: () => <Time at={at} className="text-muted" /> })}</p>
      <Note label={t('text')} text={note} />
    </Section>
  );
}
