import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { getTranslations } from 'next-intl/server';
import { Suspense } from 'react';
import { userActions } from '@/app/(console)/users/user-actions';
import { LiveControls } from '@/components/ui/live-controls';
import { UsersPanel } from '@/components/users/users-panel';
import { UsersSkeleton } from '@/components/users/users-skeleton';
import { pageActor } from '@/lib/auth/actor';
import { type Actor, can } from '@/lib/permissions/permissions';
import { addressOf, defaultFilters, parseFilters, type SearchParams } from '@/lib/url';
import { listUsers, USERS_PER_PAGE } from '@/lib/users/queries';
import { userFilters } from '@/lib/users/schema';

const PATH = '/users';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('users');
  return { title: t('title') };
}

export default async function UsersPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const params = await searchParams;
  const actor = await pageActor(addressOf(PATH, params));
  // Before the first byte, so that the answer's status says it too.
  if (!can(actor, 'user.read')) notFound();
  return (
    <Suspense fallback={<UsersSkeleton />}>
      <UserList actor={actor} searchParams={params} />
    </Suspense>
  );
}

async function UserList({ actor, searchParams }: { actor: Actor; searchParams: SearchParams }) {
  const filters = parseFilters(userFilters, searchParams);
  const { page, ...list } = await listUsers(actor, filters);
  return (
    // The list comes after the page around it and is interactive later still: what is clicked too early would be lost.
    <LiveControls>
      <UsersPanel
        {...list}
        filters={{ ...filters, page }}
        defaults={defaultFilters(userFilters)}
        perPage={USERS_PER_PAGE}
        path={PATH}
        viewerId={actor.userId}
        actions={can(actor, 'user.write') ? userActions : null}
      />
    </LiveControls>
  );
}
