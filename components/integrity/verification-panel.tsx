'use client';

import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { useCallback, useEffect, useRef, useState, useTransition } from 'react';
import { VerificationRemarks } from '@/components/integrity/verification-remarks';
import { VerificationResult } from '@/components/integrity/verification-result';
import { Button } from '@/components/ui/button';
import { Notice } from '@/components/ui/notice';
import { Progress } from '@/components/ui/progress';
import { Section } from '@/components/ui/section';
import { useErrorText } from '@/components/ui/use-error-text';
import { useFresh } from '@/components/ui/use-fresh';
import type { ActionError, ActionResult } from '@/lib/action';
import type { VerificationRow } from '@/lib/audit/verification/schema';

const EVERY = 1000;

type Props = {
  /** The last one that came to its end, and the newest. */
  last: VerificationRow | null;
  newest: VerificationRow | null;
  verify: (input: Record<string, never>) => Promise<ActionResult<VerificationRow>>;
  read: (input: Record<string, never>) => Promise<ActionResult<VerificationRow | null>>;
};

/** What the last verification found, how far a running one is, and the button for another. The work goes on whoever looks. */
export function VerificationPanel({ last, newest, verify, read }: Props) {
  const t = useTranslations('integrity.verification');
  const errorText = useErrorText();
  const router = useRouter();
  const [pending, start] = useTransition();
  const [error, setError] = useState<ActionError | null>(null);
  const look = useCallback(() => read({}), [read]);
  const { value: row, failed } = useFresh(newest, look, isOpen, EVERY);
  const running = row && isOpen(row) ? row : null;
  const wasRunning = useRef(false);

  // What was found is the page's to say.
  useEffect(() => {
    if (wasRunning.current && !running) router.refresh();
    wasRunning.current = running !== null;
  }, [running, router]);

  function begin() {
    start(async () => {
      const result = await verify({}).catch(() => null);
      setError(result === null ? { code: 'no_answer' } : result.ok ? null : result.error);
    });
  }

  const button = (
    <Button look="primary" pending={pending || running !== null} onClick={begin}>
      {running ? t('running') : t('begin')}
    </Button>
  );
  return (
    <Section id="verification" title={t('title')} description={t('description')} action={button}>
      {error && (
        <Notice tone="danger" role="alert">
          {errorText(error)}
        </Notice>
      )}
      {running && <HowFar row={running} failed={failed} />}
      {!running && row?.state === 'interrupted' && (
        <Notice tone="caution" role="status">
          {t('interrupted')}
        </Notice>
      )}
      <VerificationResult row={last} />
      {last && <VerificationRemarks row={last} />}
    </Section>
  );
}

function isOpen(row: VerificationRow | null): boolean {
  return row?.state === 'waiting' || row?.state === 'running';
}

function HowFar({ row: { state, done, total }, failed }: { row: VerificationRow; failed: boolean }) {
  const t = useTranslations('integrity.verification');
  const words = failed ? t('unknown') : state === 'waiting' || total === 0 ? t('waiting') : t('progress', { done, total });
  return (
    <div className="grid gap-2">
      <Progress label={t('running')} done={done} total={total} words={words} />
      <p className="numbers text-muted text-sm">{words}</p>
    </div>
  );
}
