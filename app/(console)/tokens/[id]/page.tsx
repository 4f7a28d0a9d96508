import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { getTimeZone, getTranslations } from 'next-intl/server';
import { oldValueActions, tokenActions, tokenRights } from '@/app/(console)/tokens/token-actions';
import { TokenAlerts } from '@/components/alerts/token-alerts';
import { boundSnippets } from '@/components/token/dpop-snippets';
import { clientSnippets, isClient, type Tool, tools } from '@/components/token/snippets';
import { TokenEvents } from '@/components/token/token-events';
import { TokenFacts } from '@/components/token/token-facts';
import { TokenUsage } from '@/components/token/token-usage';
import { TokenView } from '@/components/token/token-view';
import { UseToken } from '@/components/token/use-token';
import { OldValuePanel } from '@/components/tokens/old-value';
import { LiveControls } from '@/components/ui/live-controls';
import { openAlertsOf } from '@/lib/alerts/queries';
import { listAuditEvents } from '@/lib/audit/queries';
import { pageActor } from '@/lib/auth/actor';
import { found } from '@/lib/found';
import { gatewayRecipe } from '@/lib/gateways/recipes';
import { uuid } from '@/lib/id';
import { receiptOf } from '@/lib/instances/queries';
import { defaultLimit, longestGraceHours } from '@/lib/policy/queries';
import { getOldValue } from '@/lib/tokens/old-value';
import { getToken, quotaUseOf } from '@/lib/tokens/queries';
import { addressOf, hrefOf, type SearchParams } from '@/lib/url';
import { limitUseOf } from '@/lib/usage/limit';
import { tokenUsage } from '@/lib/usage/queries';
import { usageRange } from '@/lib/usage/schema';

type Props = { params: Promise<{ id: string }>; searchParams: Promise<SearchParams> };

const EVENTS_SHOWN = 6;

export async function generateMetadata(): Promise<Metadata> {
  // Not the token's name: a title is read before anybody has asked who may see it.
  const t = await getTranslations('token');
  return { title: t('title') };
}

export default async function TokenPage({ params, searchParams }: Props) {
  const given = await params;
  const search = await searchParams;
  const actor = await pageActor(addressOf(`/tokens/${given.id}`, search));
  const id = uuid.safeParse(given.id);
  if (!id.success) notFound();
  const token = await found(getToken(actor, id.data));
  const t = await getTranslations('tokens');
  const own = token.owner.id === actor.userId;
  const rights = tokenRights(actor, token.owner.id);
  const isBound = token.boundThumbprint !== null;
  const tool = toolOf(search.use);
  const range = usageRange.parse(search.usage);
  const shown = { use: tool, usage: range };
  const href = (change: Partial<typeof shown>) => hrefOf(`/tokens/${token.id}`, { ...shown, ...change }, { use: 'curl', usage: '7d' });
  const [oldValue, events, receipt, blocks, usage, alerts, limit, longestGrace, limitUse, quotaUse] = await Promise.all([
    getOldValue(actor, token.id),
    listAuditEvents(actor, { token: token.id }),
    receiptOf(actor, { tokenId: token.id }),
    isClient(tool) ? clientBlocks(tool, isBound) : gatewayRecipe(tool, token.scopes),
    tokenUsage(actor, token.id, range, await getTimeZone()),
    openAlertsOf(actor, token.id),
    defaultLimit(),
    longestGraceHours(),
    limitUseOf(actor, token.id),
    quotaUseOf(actor, token.id),
  ]);
  return (
    <LiveControls>
      <TokenView
        token={token}
        rights={rights}
        actions={tokenActions}
        longestGraceHours={longestGrace}
        list={own ? { href: '/tokens', name: t('title') } : { href: `/users/${token.owner.id}`, name: token.owner.name }}
      >
        <TokenAlerts tokenId={token.id} {...alerts} />
        <TokenFacts token={token} withOwner={!own} receipt={receipt} defaultLimit={limit} limitUse={limitUse} quotaUse={quotaUse} />
        {oldValue && <OldValuePanel oldValue={oldValue} token={token} rights={rights} actions={oldValueActions} />}
        <TokenUsage
          tokenId={token.id}
          usage={usage}
          isUsed={token.lastUsedAt !== null}
          canNarrow={rights !== 'read' && token.status !== 'deleted'}
          href={(one) => href({ usage: one })}
        />
        <TokenEvents rows={events.rows.slice(0, EVENTS_SHOWN)} tokenId={token.id} />
        {token.status !== 'deleted' && <UseToken tool={tool} href={(one) => href({ use: one })} blocks={blocks} isBound={isBound} />}
      </TokenView>
    </LiveControls>
  );
}

function clientBlocks(tool: keyof typeof clientSnippets, isBound: boolean) {
  return isBound ? boundSnippets[tool] : [{ place: null, text: clientSnippets[tool] }];
}

function toolOf(text: string | string[] | undefined): Tool {
  return tools.find((tool) => tool === text) ?? 'curl';
}
