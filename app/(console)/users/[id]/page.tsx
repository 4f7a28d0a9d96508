import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { getTranslations } from 'next-intl/server';
import { Suspense } from 'react';
import { TokenList } from '@/app/(console)/tokens/token-list';
import { userActions } from '@/app/(console)/users/user-actions';
import { TokensSkeleton } from '@/components/tokens/tokens-skeleton';
import { SignIns } from '@/components/users/sign-ins';
import { UserHeader } from '@/components/users/user-header';
import { pageActor } from '@/lib/auth/actor';
import { found } from '@/lib/found';
import { uuid } from '@/lib/id';
import { receiptOf } from '@/lib/instances/queries';
import { can } from '@/lib/permissions/permissions';
import { addressOf, type SearchParams } from '@/lib/url';
import { getUser, listSignIns } from '@/lib/users/queries';

type Props = { params: Promise<{ id: string }>; searchParams: Promise<SearchParams> };

export async function generateMetadata(): Promise<Metadata> {
  // Not the person's name: a title is read before anybody has asked who may see it.
  const t = await getTranslations('users');
  return { title: t('title') };
}

export default async function UserPage({ params, searchParams }: Props) {
  const given = await params;
  const search = await searchParams;
  const actor = await pageActor(addressOf(`/users/${given.id}`, search));
  const id = uuid.safeParse(given.id);
  if (!id.success) notFound();
  const user = await found(getUser(actor, id.data));
  const [signIns, receipt] = await Promise.all([listSignIns(actor, user.id, 5), receiptOf(actor, { userId: user.id })]);
  return (
    <div className="grid grid-cols-1 gap-10">
      <UserHeader user={user} viewerId={actor.userId} receipt={receipt} actions={can(actor, 'user.write') ? userActions : null} />
      <SignIns rows={signIns} logHref={`/audit?q=${user.id}&event=user.*`} />
      <Suspense fallback={<TokensSkeleton level={2} />}>
        <TokenList actor={actor} owner={user} path={`/users/${user.id}`} searchParams={search} level={2} />
      </Suspense>
    </div>
  );
}
