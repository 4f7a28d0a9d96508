import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import {
  changeStreamAction,
  createStreamAction,
  deleteStreamAction,
  discardBatchAction,
  pauseStreamAction,
  resendBatchAction,
  resumeStreamAction,
  rotateSigningKeyAction,
  testStreamAction,
} from '@/app/(console)/streams/actions';
import { StreamsPanel } from '@/components/streams/streams-panel';
import type { StreamActions } from '@/components/streams/types';
import { LiveControls } from '@/components/ui/live-controls';
import { pageActor } from '@/lib/auth/actor';
import { found } from '@/lib/found';
import { can } from '@/lib/permissions/permissions';
import { listRefusedBatches, listStreams, offeredKinds } from '@/lib/streams/queries';

const actions: StreamActions = {
  create: createStreamAction,
  change: changeStreamAction,
  rotate: rotateSigningKeyAction,
  pause: pauseStreamAction,
  resume: resumeStreamAction,
  delete: deleteStreamAction,
  test: testStreamAction,
  resend: resendBatchAction,
  discard: discardBatchAction,
};

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('streams');
  return { title: t('title') };
}

export default async function StreamsPage() {
  const actor = await pageActor('/streams');
  const [rows, refused] = await found(Promise.all([listStreams(actor), listRefusedBatches(actor)]));
  return (
    <LiveControls>
      <StreamsPanel rows={rows} refused={refused} kinds={offeredKinds()} actions={can(actor, 'policy.write') ? actions : null} />
    </LiveControls>
  );
}
