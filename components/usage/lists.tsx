import Link from 'next/link';
import { useFormatter, useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import type { UsageReason } from '@/lib/usage/schema';

type Props = { title: string; note?: ReactNode; none?: string; children: ReactNode[] };

/** A short list under a chart; `none` stands in its place when there is nothing in it. */
export function UsageList({ title, note, none, children }: Props) {
  return (
    <div className="grid min-w-0 content-start gap-2">
      <h3 className="font-medium">{title}</h3>
      {children.length === 0 ? <p className="text-muted text-sm">{none}</p> : <ul className="border-line border-t">{children}</ul>}
      {note && <div className="text-muted text-sm">{note}</div>}
    </div>
  );
}

type RowProps = {
  name: ReactNode;
  aside?: ReactNode;
  count: number /** Of 1: how long the line under it is. */;
  share?: number;
  refused?: boolean;
};

/** A line of such a list: a name, a number, and how much that is of the largest. */
export function UsageRow({ name, aside, count, share, refused = false }: RowProps) {
  const format = useFormatter();
  return (
    <li className="relative grid min-h-9 grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 border-line border-b py-1.5">
      <span className="min-w-0">{name}</span>
      <span className="numbers text-right">{format.number(count)}</span>
      {aside && <span className="col-span-2 text-muted text-sm">{aside}</span>}
      {share !== undefined && (
        <span aria-hidden="true" className="absolute -bottom-px left-0 h-0.5 w-full origin-left" style={{ transform: `scaleX(${share})` }}>
          <span className={`block h-full ${refused ? 'bg-danger-fill' : 'bg-brass'}`} />
        </span>
      )}
    </li>
  );
}

/** Why requests were refused, and the way to the log of them. */
export function RefusalReasons({ reasons, href }: { reasons: UsageReason[]; href: string }) {
  const t = useTranslations('usage.reasons');
  const words = useTranslations('audit.reasons.token');
  const isKnown = (reason: string): reason is Parameters<typeof words>[0] => words.has(reason as Parameters<typeof words>[0]);
  const most = reasons[0]?.requests ?? 1;
  const log = (
    <Link href={href} prefetch={false} className="rounded-sm underline-offset-4 hover:text-ink hover:underline">
      {t('log')}
    </Link>
  );
  return (
    <UsageList title={t('title')} none={t('none')} note={reasons.length > 0 && log}>
      {reasons.map(({ reason, requests }) => (
        <UsageRow key={reason} name={isKnown(reason) ? words(reason) : reason} count={requests} share={requests / most} refused />
      ))}
    </UsageList>
  );
}
