import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { Suspense } from 'react';
import { AuditLog } from '@/app/(console)/audit/audit-log';
import { AuditSkeleton } from '@/components/audit/audit-skeleton';
import { pageActor } from '@/lib/auth/actor';
import { can } from '@/lib/permissions/permissions';
import { addressOf, type SearchParams } from '@/lib/url';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('audit');
  return { title: t('title') };
}

export default async function AuditPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const params = await searchParams;
  const actor = await pageActor(addressOf('/audit', params));
  return (
    <Suspense fallback={<AuditSkeleton all={can(actor, 'audit.read_all')} />}>
      <AuditLog actor={actor} searchParams={params} />
    </Suspense>
  );
}
