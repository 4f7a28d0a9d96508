import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { cancelExportAction, deleteExportAction, listExportsAction } from '@/app/(console)/audit/exports/actions';
import { ExportsPanel } from '@/components/exports/exports-panel';
import { LiveControls } from '@/components/ui/live-controls';
import { listExports } from '@/lib/audit/exports/queries';
import { pageActor } from '@/lib/auth/actor';
import { isPlainErrorCode } from '@/lib/errors';
import { found } from '@/lib/found';
import type { SearchParams } from '@/lib/url';

const actions = { read: listExportsAction, cancel: cancelExportAction, delete: deleteExportAction };

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('exports');
  return { title: t('title') };
}

export default async function ExportsPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const actor = await pageActor('/audit/exports');
  const { refused } = await searchParams;
  return (
    <LiveControls>
      <ExportsPanel
        rows={await found(listExports(actor))}
        actions={actions}
        // app/api/audit/exports leads back here when it gives no file.
        refused={isPlainErrorCode(refused) ? refused : undefined}
      />
    </LiveControls>
  );
}
