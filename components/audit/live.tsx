'use client';

import clsx from 'clsx';
import { ArrowUp } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { useEffect, useRef, useState } from 'react';
import type { Live } from '@/components/audit/use-live';
import { Button } from '@/components/ui/button';
import { Icon } from '@/components/ui/icon';
import { Notice } from '@/components/ui/notice';

type SwitchProps = { on: boolean; state: Live['state']; onSwitch: (on: boolean) => void };

/** Whether the log goes on by itself. */
export function LiveSwitch({ on, state, onSwitch }: SwitchProps) {
  const t = useTranslations('audit.live');
  return (
    <Button role="switch" aria-checked={on} onClick={() => onSwitch(!on)}>
      <span
        aria-hidden="true"
        className={clsx(
          'size-2 rounded-full',
          on && state === 'going' ? 'animate-breathe bg-good' : 'border border-muted',
          on && state === 'failed' && 'border-transparent bg-caution',
        )}
      />
      {t('switch')}
    </Button>
  );
}

/** What came since: how many events wait to be seen, that no more are added, or that they cannot be read. It takes no room of its own. */
export function NewEvents({ live: { held, added, state, show } }: { live: Live }) {
  const t = useTranslations('audit.live');
  const router = useRouter();
  return (
    <>
      <p role="status" className="sr-only">
        <Summary added={added} held={held} />
      </p>
      {held > 0 && (
        <div className="sticky top-14 z-10 flex h-0 justify-center">
          <Button look="primary" onClick={show} className="h-8 animate-appear rounded-full shadow-float">
            <Icon of={ArrowUp} />
            {t('held', { count: held })}
          </Button>
        </div>
      )}
      {state === 'full' && (
        <Notice tone="info" role="status" className="mb-3">
          {t('full', { count: added + held })}{' '}
          <Button look="ghost" className="-my-1" onClick={() => router.refresh()}>
            {t('restart')}
          </Button>
        </Notice>
      )}
      {state === 'failed' && (
        <Notice tone="caution" role="status" className="mb-3">
          {t('failed')}
        </Notice>
      )}
    </>
  );
}

// As often as somebody who listens can bear it.
const SAID_EVERY = 10_000;

/** What is read out: how many came, now and then, and not each of them. */
function Summary({ added, held }: { added: number; held: number }) {
  const t = useTranslations('audit.live');
  const now = held > 0 ? t('held', { count: held }) : added > 0 ? t('came', { count: added }) : '';
  const [said, setSaid] = useState(now);
  const saidAt = useRef(Number.NEGATIVE_INFINITY);

  useEffect(() => {
    const wait = Math.max(0, saidAt.current + SAID_EVERY - performance.now());
    const timer = setTimeout(() => {
      saidAt.current = performance.now();
      setSaid(now);
    }, wait);
    return () => clearTimeout(timer);
  }, [now]);

  return said;
}
