'use client';

import { Check, Copy } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ComponentProps, useEffect, useState } from 'react';
import { Button } from '@/components/ui/button';
import { copyText } from '@/components/ui/copy-text';
import { Icon } from '@/components/ui/icon';

type Props = Omit<ComponentProps<typeof Button>, 'onClick' | 'children'> & {
  text: string;
  /** The button's name where "Copy" alone would not tell what. */
  label?: string;
  /** What is read out once it worked. */
  done?: string;
  onCopied?: () => void;
};

const SHOWN_FOR = 2500;

/** Copies `text` and says, to eyes and to screen readers, whether that worked. */
export function CopyButton({ text, label, done, onCopied, ...props }: Props) {
  const t = useTranslations('common');
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle');

  useEffect(() => {
    if (state === 'idle') return;
    const timer = setTimeout(() => setState('idle'), SHOWN_FOR);
    return () => clearTimeout(timer);
  }, [state]);

  async function copy() {
    const worked = await copyText(text);
    setState(worked ? 'copied' : 'failed');
    if (worked) onCopied?.();
  }

  const words = { idle: label ?? t('copy'), copied: t('copied'), failed: t('copyFailed') };
  return (
    <>
      <Button {...props} onClick={copy}>
        <Icon of={state === 'copied' ? Check : Copy} />
        {words[state]}
      </Button>
      <span role="status" className="sr-only">
        {{ idle: '', copied: done ?? t('onClipboard'), failed: words.failed }[state]}
      </span>
    </>
  );
}
