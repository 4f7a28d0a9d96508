import clsx from 'clsx';
import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Icon } from '@/components/ui/icon';
import { type Tone, toneIcons } from '@/components/ui/notice';

const tones: Record<Tone | 'neutral', string> = {
  good: 'border-transparent text-good',
  neutral: 'border-line bg-hover text-muted',
  info: 'border-info-line bg-info-soft text-info',
  caution: 'border-caution-line bg-caution-soft text-caution',
  danger: 'border-danger-line bg-danger-soft text-danger',
};

/** A state in a word, with an icon that says the same; quiet unless somebody has to act. */
export function Badge({ tone, icon, children }: { tone: Tone | 'neutral'; icon?: LucideIcon; children: ReactNode }) {
  const drawing = icon ?? (tone === 'neutral' ? undefined : toneIcons[tone]);
  return (
    <span
      className={clsx(
        'inline-flex items-center gap-1 justify-self-start whitespace-nowrap rounded-full border py-px pr-2 font-medium text-xs',
        drawing ? 'pl-1' : 'pl-2',
        tones[tone],
      )}
    >
      {drawing && <Icon of={drawing} className="size-3.5" />}
      {children}
    </span>
  );
}
