'use client';

import { CircleCheck, Info, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useEffect, useSyncExternalStore } from 'react';
import { Icon } from '@/components/ui/icon';

type Notification = { id: number; text: string; tone: 'good' | 'info'; detail?: string };

const SHOWN_FOR = 6000;

let shown: Notification[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

function change(next: Notification[]) {
  shown = next;
  for (const listener of listeners) listener();
}

/**
 * Tells the outcome of something in a corner for a few seconds, and reads it out. Never the only place of an error. What becomes known a
 * moment later (`detail`) is added below it.
 */
export function notify(text: string, tone: Notification['tone'] = 'good', detail?: Promise<string | null>): void {
  lastId += 1;
  const id = lastId;
  change([...shown.slice(-2), { id, text, tone }]);
  detail?.then((more) => {
    if (more !== null) change(shown.map((one) => (one.id === id ? { ...one, detail: more } : one)));
  });
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const none: Notification[] = [];

/** Where notifications appear; once, in the root layout. */
export function Toaster() {
  const notifications = useSyncExternalStore(
    subscribe,
    () => shown,
    () => none,
  );
  return (
    <div role="status" className="pointer-events-none fixed inset-x-4 bottom-4 z-40 grid justify-items-end gap-2 sm:left-auto sm:w-90">
      {notifications.map((notification) => (
        <Toast key={notification.id} {...notification} />
      ))}
    </div>
  );
}

function Toast({ id, text, tone, detail }: Notification) {
  const t = useTranslations('common');
  const close = () => change(shown.filter((other) => other.id !== id));

  // biome-ignore lint/correctness/useExhaustiveDependencies: one timer for the life of the notification
  useEffect(() => {
    const timer = setTimeout(close, SHOWN_FOR);
    return () => clearTimeout(timer);
  }, []);

  return (
    <div className="pointer-events-auto flex w-full animate-settle items-start gap-2 rounded-lg bg-raised py-2.5 pr-2 pl-3 shadow-float">
      <Icon of={tone === 'good' ? CircleCheck : Info} className={tone === 'good' ? 'mt-0.5 text-good' : 'mt-0.5 text-info'} />
      <div className="min-w-0 grow">
        <p>{text}</p>
        {detail && <p className="numbers animate-appear text-muted text-sm">{detail}</p>}
      </div>
      <button type="button" aria-label={t('dismiss')} onClick={close} className="rounded-sm p-0.5 text-muted hover:bg-hover hover:text-ink">
        <Icon of={X} />
      </button>
    </div>
  );
}
