'use client';

import { useTranslations } from 'next-intl';
import { type ComponentProps, useState } from 'react';
import { Input } from '@/components/ui/controls';

type Props = Omit<ComponentProps<typeof Input>, 'type'> & { autoComplete: 'current-password' | 'new-password' };

/** A password that can be looked at. Pasting and password managers work as everywhere. */
export function PasswordInput({ id, ...props }: Props) {
  const t = useTranslations('common');
  const [shown, setShown] = useState(false);
  return (
    <span className="relative grid">
      <Input
        {...props}
        id={id}
        type={shown ? 'text' : 'password'}
        spellCheck={false}
        autoCapitalize="none"
        autoCorrect="off"
        className={shown ? 'pr-20 font-mono' : 'pr-20'}
      />
      <button
        type="button"
        aria-controls={id}
        aria-pressed={shown}
        onClick={() => setShown(!shown)}
        className="absolute inset-y-1 right-1 rounded-sm px-2 text-muted text-sm hover:bg-hover hover:text-ink"
      >
        {shown ? t('hide') : t('show')}
      </button>
    </span>
  );
}
