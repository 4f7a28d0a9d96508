'use client';

import { Plus } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useMemo, useOptimistic, useRef, useState } from 'react';
import { DataTable } from '@/components/table/data-table';
import { Pager } from '@/components/table/pager';
import { useNavigation } from '@/components/table/use-navigation';
import { CreateDialog } from '@/components/tokens/create-dialog';
import { IssuedTokenRegion } from '@/components/tokens/issued-token';
import { NoTokens } from '@/components/tokens/no-tokens';
import { RowActions } from '@/components/tokens/row-actions';
import { RowDialog } from '@/components/tokens/row-dialog';
import { TokenFilterBar } from '@/components/tokens/token-filter-bar';
import { TokensHeader } from '@/components/tokens/tokens-header';
import type { RowAction, TokenActions, TokenRights } from '@/components/tokens/types';
import { useSecret } from '@/components/tokens/use-secret';
import { useTokenColumns } from '@/components/tokens/use-token-columns';
import { Button } from '@/components/ui/button';
import { Icon } from '@/components/ui/icon';
import { TokenWeeks } from '@/components/usage/sparkline';
import type { TokenFilters, TokenRow } from '@/lib/tokens/schema';
import { hrefOf } from '@/lib/url';
import type { UsageWeek } from '@/lib/usage/schema';

type Props = {
  rows: TokenRow[];
  /** How many fit the filters, and how many there are in all. */
  total: number;
  all: number;
  perPage: number;
  filters: TokenFilters;
  defaults: TokenFilters;
  path: string;
  level: 1 | 2;
  /** The name of the person whose tokens these are, when it is somebody else. */
  owner: string | null;
  rights: TokenRights;
  actions: TokenActions;
  /** How long the policy lets a replaced value go on working. */
  longestGraceHours: number;
  /** How each of them was used of late. */
  weeks: Record<string, UsageWeek>;
};

type Open = { kind: 'create' } | { kind: RowAction; row: TokenRow } | null;

/** The list of somebody's tokens and everything that one does with them. What it shows is in the URL. */
export function TokensPanel({
  rows,
  total,
  all,
  perPage,
  filters,
  defaults,
  path,
  level,
  owner,
  rights,
  actions,
  longestGraceHours,
  weeks,
}: Props) {
  const t = useTranslations('tokens');
  const navigation = useNavigation();
  const [issued, setIssued] = useSecret();
  const [open, setOpen] = useState<Open>(null);
  const [shownRows, renameShown] = useOptimistic(rows, (before, { id, name }: { id: string; name: string }) =>
    before.map((row) => (row.id === id ? { ...row, name } : row)),
  );
  const heading = useRef<HTMLHeadingElement>(null);
  const columns = useTokenColumns();
  const rowActions = useMemo(() => ({ rights, onChoose: (kind: RowAction, row: TokenRow) => setOpen({ kind, row }) }), [rights]);

  const href = (change: Partial<TokenFilters>) => hrefOf(path, { ...filters, page: 1, ...change }, defaults);
  const close = () => setOpen(null);

  return (
    <section aria-labelledby={`${level}-tokens`} className="grid min-w-0 grid-cols-1">
      <TokensHeader
        ref={heading}
        id={`${level}-tokens`}
        level={level}
        owner={owner}
        action={
          rights === 'own' && (
            <Button look="primary" onClick={() => setOpen({ kind: 'create' })}>
              <Icon of={Plus} />
              {t('generate')}
            </Button>
          )
        }
      />
      {issued && <IssuedTokenRegion key={issued.secret} issued={issued} onClose={() => setIssued(null)} heading={heading} />}
      {/* One's own list is searched from the first day; where somebody else has none, there is nothing to search. */}
      {(owner === null || all > 0) && <TokenFilterBar filters={filters} defaults={defaults} href={href} navigation={navigation} />}
      <TokenWeeks value={weeks}>
        <RowActions value={rowActions}>
          <DataTable
            label={t('title')}
            columns={columns}
            rows={shownRows}
            rowId={(row) => row.id}
            sort={{ by: filters.sort, dir: filters.dir, href: (sort, dir) => href({ sort: sort as TokenFilters['sort'], dir }) }}
            navigation={navigation}
            empty={<NoTokens all={all} owner={owner} filters={filters} clear={navigation.link(hrefOf(path, {}, defaults))} />}
          />
        </RowActions>
      </TokenWeeks>
      <Pager page={filters.page} perPage={perPage} total={total} href={(page) => href({ page })} navigation={navigation} />
      {open?.kind === 'create' && <CreateDialog actions={actions} onIssued={setIssued} onClose={close} />}
      {open && open.kind !== 'create' && (
        <RowDialog
          kind={open.kind}
          row={open.row}
          actions={actions}
          longestGraceHours={longestGraceHours}
          onRename={renameShown}
          onIssued={setIssued}
          // A deleted token's value is of no use any longer.
          onDeleted={(id) => setIssued((shown) => (shown?.id === id ? null : shown))}
          onClose={close}
          fallbackFocus={heading}
        />
      )}
    </section>
  );
}
