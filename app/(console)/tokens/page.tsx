import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { Suspense } from 'react';
import { TokenList } from '@/app/(console)/tokens/token-list';
import { TokensSkeleton } from '@/components/tokens/tokens-skeleton';
import { pageActor } from '@/lib/auth/actor';
import { addressOf, type SearchParams } from '@/lib/url';

const PATH = '/tokens';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('tokens');
  return { title: t('title') };
}

export default async function TokensPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const params = await searchParams;
  // Before the first byte, so that a visitor who is not signed in is redirected by the answer's status.
  const actor = await pageActor(addressOf(PATH, params));
  return (
    <Suspense fallback={<TokensSkeleton level={1} />}>
      <TokenList actor={actor} owner={{ id: actor.userId, name: actor.name }} path={PATH} searchParams={params} level={1} />
    </Suspense>
  );
}
