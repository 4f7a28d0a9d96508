import { getTimeZone } from 'next-intl/server';
import { tokenActions, tokenRights } from '@/app/(console)/tokens/token-actions';
import { TokensPanel } from '@/components/tokens/tokens-panel';
import { LiveControls } from '@/components/ui/live-controls';
import type { Actor } from '@/lib/permissions/permissions';
import { longestGraceHours } from '@/lib/policy/queries';
import { listTokens, TOKENS_PER_PAGE } from '@/lib/tokens/queries';
import { tokenFilters } from '@/lib/tokens/schema';
import { defaultFilters, parseFilters, type SearchParams } from '@/lib/url';
import { usageWeeks } from '@/lib/usage/queries';

type Props = {
  actor: Actor;
  owner: { id: string; name: string };
  /** The page on which the list stands. */
  path: string;
  searchParams: SearchParams;
  /** 1 where the list is what the page holds, 2 where it is a part of it. */
  level: 1 | 2;
};

/** Somebody's tokens, with what this actor may do with them: on /tokens, /profile and /users/ID. */
export async function TokenList({ actor, owner, path, searchParams, level }: Props) {
  const filters = parseFilters(tokenFilters, searchParams);
  const [{ page, ...list }, longestGrace] = await Promise.all([listTokens(actor, owner.id, filters), longestGraceHours()]);
  const ids = list.rows.map(({ id }) => id);
  const weeks = await usageWeeks(actor, owner.id, ids, await getTimeZone());
  return (
    // The list comes after the page around it and is interactive later still: what is clicked too early would be lost.
    <LiveControls>
      <TokensPanel
        {...list}
        filters={{ ...filters, page }}
        defaults={defaultFilters(tokenFilters)}
        perPage={TOKENS_PER_PAGE}
        path={path}
        level={level}
        owner={owner.id === actor.userId ? null : owner.name}
        rights={tokenRights(actor, owner.id)}
        actions={tokenActions}
        longestGraceHours={longestGrace}
        weeks={weeks}
      />
    </LiveControls>
  );
}
