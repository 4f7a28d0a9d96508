import clsx from 'clsx';
import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Icon } from '@/components/ui/icon';
import { type Tone, toneIcons } from '@/components/ui/notice';

// Only what needs a hand has a box. The others stand in line with the words above and below them.
const boxed = 'rounded-full border py-px pr-2 pl-1';

const tones: Record<Tone | 'neutral', string> = {
  good: 'text-good',
  neutral: 'text-muted',
  info: 'text-info',
  caution: `${boxed} border-caution-line bg-caution-soft text-caution`,
  danger: `${boxed} border-danger-line bg-danger-soft text-danger`,
};

type Props = { children: ReactNode } & ({ tone: Tone; icon?: LucideIcon } | { tone: 'neutral'; icon: LucideIcon });

/** A state in a word, with an icon that says the same; quiet unless somebody has to act. */
export function Badge({ children, ...look }: Props) {
  return (
    <span
      className={clsx(
        'inline-flex min-h-5 items-center gap-1 justify-self-start whitespace-nowrap align-top font-medium text-xs',
        tones[look.tone],
      )}
    >
      <Icon of={look.tone === 'neutral' ? look.icon : (look.icon ?? toneIcons[look.tone])} className="size-3.5" />
      {children}
    </span>
  );
}
