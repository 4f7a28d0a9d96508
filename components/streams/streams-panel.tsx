'use client';

import { Waypoints } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { PageHeader } from '@/components/shell/page-header';
import { AddStream } from '@/components/streams/add-stream';
import { RefusedBatches } from '@/components/streams/refused-batches';
import { Actions, type StreamActions } from '@/components/streams/types';
import { useStreamColumns } from '@/components/streams/use-stream-columns';
import { DataTable } from '@/components/table/data-table';
import { useNavigation } from '@/components/table/use-navigation';
import { EmptyState } from '@/components/ui/states';
import type { RefusedBatch, StreamKind, StreamRow } from '@/lib/streams/schema';

type Props = {
  rows: StreamRow[];
  refused: RefusedBatch[];
  /** Where streams can go on this machine. */
  kinds: StreamKind[];
  /** For those who may change something. */
  actions: StreamActions | null;
};

/** Where the log is streamed to, how far behind each is, and what was refused there. */
export function StreamsPanel({ rows, refused, kinds, actions }: Props) {
  const t = useTranslations('streams');
  const navigation = useNavigation();
  const columns = useStreamColumns();
  return (
    <Actions value={actions}>
      <PageHeader
        title={t('title')}
        description={t('description')}
        actions={actions && <AddStream kinds={kinds} create={actions.create} />}
      />
      <DataTable
        label={t('title')}
        columns={columns}
        rows={rows}
        rowId={(row) => row.id}
        navigation={navigation}
        empty={
          <EmptyState icon={Waypoints} title={t('none.title')}>
            {t(actions ? 'none.body' : 'none.look')}
          </EmptyState>
        }
      />
      {refused.length > 0 && <RefusedBatches batches={refused} actions={actions} />}
    </Actions>
  );
}
