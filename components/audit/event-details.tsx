'use client';

import { Filter } from 'lucide-react';
import dynamic from 'next/dynamic';
import Link from 'next/link';
import { useTranslations } from 'next-intl';
import type { ComponentProps, ReactNode } from 'react';
import { OutcomeName } from '@/components/audit/cells';
import { EventChanges } from '@/components/audit/event-changes';
import type { EventContext as Context } from '@/components/audit/event-context';
import { Inert } from '@/components/audit/inert';
import { Part } from '@/components/audit/part';
import type { AuditActions } from '@/components/audit/types';
import { useEventWords } from '@/components/audit/use-event-words';
import { CopyButton } from '@/components/ui/copy-button';
import { Icon } from '@/components/ui/icon';
import { iconButtonClass } from '@/components/ui/icon-button';
import { SidePanel } from '@/components/ui/side-panel';
import { ExactTime } from '@/components/ui/time';
import type { AuditName, AuditRow } from '@/lib/audit/schema';
import { inertJson } from '@/lib/inert';

const EventContext = dynamic(() => import('@/components/audit/event-context').then((module) => module.EventContext));

type Props = Pick<ComponentProps<typeof Context>, 'only' | 'open'> & {
  row: AuditRow;
  profiles: boolean;
  viewerId: string;
  load: AuditActions['context'];
  onClose: () => void;
  finalFocus: () => HTMLElement | null;
};

/** Everything that the log knows of one event. */
export function EventDetails({ row, profiles, viewerId, only, open, load, onClose, finalFocus }: Props) {
  const t = useTranslations('audit');
  const d = useTranslations('audit.details');
  const { title, reason } = useEventWords();
  const tokenHref = row.token && (profiles || row.token.ownerId === viewerId) ? `/tokens/${row.token.id}` : null;
  const nobody = t(row.actorType === 'system' ? 'system' : 'nobody');
  const by = row.actor?.id ?? (row.actorType === 'system' ? 'system' : null);
  const byToken = row.actorType === 'token' ? ` (${t('byToken')})` : '';
  return (
    <SidePanel
      of={row.id}
      title={title(row.event)}
      description={<ExactTime at={row.at} precise />}
      onClose={onClose}
      finalFocus={finalFocus}
    >
      <dl className="grid gap-y-3">
        <Item label={d('code')} only={only({ event: row.event })}>
          <span className="font-mono text-sm">{row.event}</span>
        </Item>
        <Item label={d('outcome')} only={only({ outcome: row.outcome })}>
          <OutcomeName row={{ ...row, reason: null }} />
        </Item>
        {row.reason && (
          <Item label={d('reason')} only={only({ reason: row.reason })}>
            {reason(row)}
          </Item>
        )}
        {row.count > 1 && <Item label={d('count')}>{t('timesLong', { count: row.count })}</Item>}
        <Item label={d('actor')} only={by && only({ actor: by })}>
          {row.actor ? <Person of={row.actor} profiles={profiles} note={byToken} /> : nobody}
        </Item>
        {row.target && (
          <Item label={d('target')} only={only({ target: row.target.id })}>
            <Person of={row.target} profiles={profiles} />
          </Item>
        )}
        {row.token && (
          <Item label={d('token')} only={only({ token: row.token.id })}>
            <Linked href={tokenHref}>{row.token.name}</Linked>
            <span className="block text-muted text-sm">
              <span className="font-mono">{row.token.hint}</span>
              {row.token.deleted && ` · ${t('deletedToken')}`}
            </span>
          </Item>
        )}
        {row.generation !== null && <Item label={d('value')}>{d('replacedValue', { number: row.generation })}</Item>}
        {row.ip && (
          <Item label={d('ip')} only={only({ ip: row.ip })}>
            <span className="font-mono text-sm">{row.ip}</span>
          </Item>
        )}
        <Sent label={d('request')} text={row.request} />
        <Sent label={d('scopes')} text={row.scopes.join(' ')} />
        <Sent label={d('userAgent')} text={row.userAgent} />
        <Sent label={d('requestId')} text={row.requestId} only={row.requestId && only({ request: row.requestId })} />
        <Sent label={d('id')} text={row.id} />
      </dl>
      {row.changes && (
        <Part title={d('changes')}>
          <EventChanges changes={row.changes} />
        </Part>
      )}
      <EventContext key={row.id} row={row} tokenHref={tokenHref} load={load} only={only} open={open} />
      <Part title={d('raw')} action={<CopyButton text={inertJson(row, 2)} label={d('copyRaw')} />}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
        <pre tabIndex={0} className="overflow-x-auto rounded-md border border-line bg-canvas p-3 font-mono text-xs">
          {inertJson(row, 2)}
        </pre>
      </Part>
    </SidePanel>
  );
}

function Item({ label, only, children }: { label: string; only?: string | null; children: ReactNode }) {
  const t = useTranslations('audit.details');
  return (
    <div className="grid grid-cols-[7.5rem_minmax(0,1fr)_2rem] items-start gap-x-3">
      <dt className="text-muted">{label}</dt>
      <dd className="min-w-0">{children}</dd>
      {only && (
        <dd className="-my-1.5">
          <Link href={only} prefetch={false} className={iconButtonClass} aria-label={t('onlyOf', { name: label })} data-tip={t('only')}>
            <Icon of={Filter} />
          </Link>
        </dd>
      )}
    </div>
  );
}

/** Text as a stranger sent it. */
function Sent({ label, text, only }: { label: string; text: string | null; only?: string | null }) {
  if (!text) return null;
  return (
    <Item label={label} only={only}>
      <span className="break-words font-mono text-sm">
        <Inert text={text} />
      </span>
    </Item>
  );
}

function Person({ of: person, profiles, note = '' }: { of: AuditName & { email: string }; profiles: boolean; note?: string }) {
  return (
    <>
      <Linked href={profiles ? `/users/${person.id}` : null}>{person.name}</Linked>
      {note}
      <span className="block text-muted text-sm">{person.email}</span>
    </>
  );
}

function Linked({ href, children }: { href: string | null; children: ReactNode }) {
  if (!href) return children;
  return (
    <Link href={href} prefetch={false} className="rounded-sm underline underline-offset-4">
      {children}
    </Link>
  );
}
