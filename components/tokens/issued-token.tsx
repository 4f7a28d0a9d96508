'use client';

import { X } from 'lucide-react';
import Link from 'next/link';
import { useFormatter, useTimeZone, useTranslations } from 'next-intl';
import { type RefObject, useEffect, useId, useRef, useState } from 'react';
import type { Issued } from '@/components/tokens/use-secret';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { CopyButton } from '@/components/ui/copy-button';
import { IconButton } from '@/components/ui/icon-button';

type Props = { issued: Issued; onClose: () => void; heading: RefObject<HTMLElement | null> };

/** The one moment in which a value can be seen: on one line, to be copied, with a request to try it. */
export function IssuedTokenRegion({ issued, onClose, heading }: Props) {
  const t = useTranslations('tokens.issued');
  const id = useId();
  const copyButton = useRef<HTMLButtonElement>(null);
  const [copied, setCopied] = useState(false);
  const [asking, setAsking] = useState(false);
  const leaving = useRef(false);
  const { id: tokenId, name, secret, suspended, bound, oldValueUntil } = issued;

  useEffect(() => copyButton.current?.focus(), []);
  useUnloadWarning(!copied);

  function close() {
    leaving.current = true;
    onClose();
    heading.current?.focus();
  }

  return (
    <section
      aria-label={t('region')}
      className="mb-6 grid animate-settle gap-4 rounded-lg border border-brass-line bg-brass-soft p-4 sm:p-5"
    >
      <header className="flex items-start gap-3">
        <div className="min-w-0 grow">
          <p className="font-semibold text-lg">{t(issued.again ? 'readyAgain' : 'ready', { name })}</p>
          <p id={`${id}-once`}>{t('once')}</p>
          {oldValueUntil && <OldValue until={oldValueUntil} />}
          {suspended && <p className="mt-1 text-muted">{t('suspended')}</p>}
        </div>
        <IconButton
          label={t('close')}
          icon={X}
          className="-mt-1 -mr-1 sm:-mt-2 sm:-mr-2"
          onClick={() => (copied ? close() : setAsking(true))}
        />
      </header>
      <div className="flex gap-2 max-sm:flex-col">
        <input
          readOnly
          aria-label={t('value')}
          aria-describedby={`${id}-once`}
          value={secret}
          // The browser must not keep it with the page's history entry.
          autoComplete="off"
          spellCheck={false}
          onFocus={(event) => event.target.select()}
          className="h-10 min-w-0 grow rounded-md border border-control bg-surface px-3 font-mono"
        />
        <CopyButton
          ref={copyButton}
          text={secret}
          look="primary"
          done={t('onClipboard')}
          onCopied={() => setCopied(true)}
          className="h-10 sm:w-44"
        />
      </div>
      {bound ? <ProofNeeded tokenId={tokenId} /> : <TryIt secret={secret} />}
      {asking && (
        <ConfirmDialog
          title={t('ask')}
          confirm={t('closeAnyway')}
          cancel={t('keep')}
          onConfirm={close}
          onCancel={() => setAsking(false)}
          // The button that asked goes with the region.
          finalFocus={() => (leaving.current ? heading.current : null)}
        >
          {t('askBody', { name })}
        </ConfirmDialog>
      )}
    </section>
  );
}

function OldValue({ until }: { until: string }) {
  const t = useTranslations('tokens.issued');
  const format = useFormatter();
  const zone = useTimeZone() ?? 'UTC';
  return <p className="mt-1">{t('oldValue', { moment: format.dateTime(new Date(until), 'short'), zone })}</p>;
}

function ProofNeeded({ tokenId }: { tokenId: string }) {
  const t = useTranslations('tokens.issued');
  return (
    <p className="text-muted text-sm">
      {t.rich('bound', {
        page: (words) => (
          <Link href={`/tokens/${tokenId}?use=javascript`} prefetch={false} className="underline underline-offset-4">
            {words}
          </Link>
        ),
      })}
    </p>
  );
}

function TryIt({ secret }: { secret: string }) {
  const t = useTranslations('tokens.issued');
  const id = useId();
  return (
    <div className="grid gap-1">
      <label htmlFor={id} className="text-muted text-sm">
        {t('tryIt')}
      </label>
      <input
        id={id}
        readOnly
        value={`curl -i -H "X-API-KEY: ${secret}" ${window.location.origin}/verify`}
        autoComplete="off"
        spellCheck={false}
        onFocus={(event) => event.target.select()}
        className="h-8 min-w-0 rounded-md border border-control bg-surface px-3 font-mono text-sm max-sm:h-10"
      />
    </div>
  );
}

/** The browser's own question before the page goes, while the value would be lost with it. */
function useUnloadWarning(active: boolean) {
  useEffect(() => {
    if (!active) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [active]);
}
