'use client';

import { ArrowLeft, RefreshCw } from 'lucide-react';
import Link from 'next/link';
import { useTranslations } from 'next-intl';
import { type ReactNode, useOptimistic, useRef, useState } from 'react';
import { NarrowScopes } from '@/components/token/narrow';
import { IssuedTokenRegion } from '@/components/tokens/issued-token';
import { RowDialog } from '@/components/tokens/row-dialog';
import { RowMenu } from '@/components/tokens/row-menu';
import { TokenStatus } from '@/components/tokens/token-status';
import type { RowAction, TokenActions, TokenRights } from '@/components/tokens/types';
import { useSecret } from '@/components/tokens/use-secret';
import { Button } from '@/components/ui/button';
import { Icon } from '@/components/ui/icon';
import type { TokenRow } from '@/lib/tokens/schema';

type Props = {
  token: TokenRow;
  rights: TokenRights;
  actions: TokenActions;
  /** How long the policy lets a replaced value go on working. */
  longestGraceHours: number;
  /** The list that it stands in. */
  list: { href: string; name: string };
  /** What there is to know of it. */
  children: ReactNode;
};

/** One token: what it is called, how it is, what can be done with it, and below that what there is to know. */
export function TokenView({ token, rights, actions, longestGraceHours, list, children }: Props) {
  const t = useTranslations('tokens');
  const [issued, setIssued] = useSecret();
  const [open, setOpen] = useState<RowAction | null>(null);
  const [without, setWithout] = useState<string[]>([]);
  const [name, renameShown] = useOptimistic(token.name, (_, change: { name: string }) => change.name);
  const heading = useRef<HTMLHeadingElement>(null);
  const row = { ...token, name };
  const choose = (kind: RowAction, scopes: string[] = []) => {
    setWithout(scopes);
    setOpen(kind);
  };
  const isAlive = token.status !== 'deleted';

  return (
    <article aria-labelledby="token-name" className="grid grid-cols-1 gap-8">
      <header className="grid gap-4">
        <Link
          href={list.href}
          className="-ml-1 inline-flex items-center gap-1 justify-self-start rounded-sm px-1 text-muted hover:text-ink"
        >
          <Icon of={ArrowLeft} />
          {list.name}
        </Link>
        <div className="flex flex-wrap items-start justify-between gap-4">
          <div className="grid min-w-0 grow basis-72 gap-1">
            <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <h1 ref={heading} id="token-name" tabIndex={-1} className="font-semibold text-2xl tracking-tight outline-none">
                {name}
              </h1>
              <TokenStatus status={token.status} reason={token.suspendedReason} />
            </div>
            <p className="font-mono text-muted text-sm">{token.hint}</p>
            {token.description && <p className="mt-1 max-w-[68ch] text-pretty">{token.description}</p>}
          </div>
          {isAlive && rights !== 'read' && (
            <div className="flex items-center gap-2">
              {rights === 'own' && (
                <Button onClick={() => choose('regenerate')}>
                  <Icon of={RefreshCw} />
                  {t('actions.regenerate')}
                </Button>
              )}
              <RowMenu row={row} rights={rights} onChoose={(kind) => choose(kind)} />
            </div>
          )}
        </div>
      </header>
      {issued && (
        <div className="-mb-6">
          <IssuedTokenRegion key={issued.secret} issued={issued} onClose={() => setIssued(null)} heading={heading} />
        </div>
      )}
      <NarrowScopes value={(scopes) => choose('editAccess', scopes)}>{children}</NarrowScopes>
      {open && (
        <RowDialog
          kind={open}
          row={row}
          actions={actions}
          longestGraceHours={longestGraceHours}
          without={without}
          onRename={renameShown}
          onIssued={setIssued}
          // A deleted token's value is of no use any longer.
          onDeleted={() => setIssued(null)}
          onClose={() => setOpen(null)}
          fallbackFocus={heading}
        />
      )}
    </article>
  );
}
