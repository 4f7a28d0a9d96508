'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { useProblemText } from '@/components/streams/use-problem-text';
import { FormDialog } from '@/components/ui/form-dialog';
import { Notice } from '@/components/ui/notice';
import { notify } from '@/components/ui/toast';
import type { ActionResult } from '@/lib/action';
import type { SendProblem } from '@/lib/streams/problem';

type Props = {
  words: 'test' | 'resend';
  /** Of the stream. */
  name: string;
  send: () => Promise<ActionResult<SendProblem | null>>;
  onClose: () => void;
};

/** Sends something now, and says in its place why the target did not take it. */
export function SendDialog({ words, name, send, onClose }: Props) {
  const t = useTranslations(`streams.${words}`);
  const problemText = useProblemText();
  const [problem, setProblem] = useState<SendProblem | null>(null);

  function onDone(found: SendProblem | null) {
    setProblem(found);
    if (found) return;
    notify(t('done', { name }));
    onClose();
  }

  return (
    <FormDialog
      title={t('title', { name })}
      description={t('description')}
      confirm={t('confirm')}
      submit={send}
      onDone={onDone}
      onClose={onClose}
    >
      {problem && (
        <Notice tone="danger" role="alert">
          {problemText(problem)}
        </Notice>
      )}
    </FormDialog>
  );
}
