import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { verificationAction, verifyAction } from '@/app/(console)/audit/integrity/actions';
import { LastCheckpoint } from '@/components/integrity/last-checkpoint';
import { PublicKey } from '@/components/integrity/public-key';
import { VerificationPanel } from '@/components/integrity/verification-panel';
import { PageHeader } from '@/components/shell/page-header';
import { LiveControls } from '@/components/ui/live-controls';
import { getIntegrity } from '@/lib/audit/verification/queries';
import { pageActor } from '@/lib/auth/actor';
import { found } from '@/lib/found';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('integrity');
  return { title: t('title') };
}

export default async function IntegrityPage() {
  const actor = await pageActor('/audit/integrity');
  const { last, newest, key, checkpoint } = await found(getIntegrity(actor));
  const t = await getTranslations('integrity');
  return (
    <LiveControls>
      <PageHeader title={t('title')} description={t('description')} />
      <div className="grid grid-cols-1 gap-8">
        <VerificationPanel last={last} newest={newest} verify={verifyAction} read={verificationAction} />
        <PublicKey text={key} />
        <LastCheckpoint checkpoint={checkpoint} />
      </div>
    </LiveControls>
  );
}
