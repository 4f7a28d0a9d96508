import clsx from 'clsx';
import { CircleAlert, CircleCheck, Info, type LucideIcon, TriangleAlert } from 'lucide-react';
import type { ComponentProps } from 'react';
import { Icon } from '@/components/ui/icon';

export type Tone = 'good' | 'caution' | 'danger' | 'info';

const tones: Record<Tone, string> = {
  good: 'border-good-line bg-good-soft text-good',
  caution: 'border-caution-line bg-caution-soft text-caution',
  danger: 'border-danger-line bg-danger-soft text-danger',
  info: 'border-info-line bg-info-soft text-info',
};

export const toneIcons: Record<Tone, LucideIcon> = { good: CircleCheck, caution: TriangleAlert, danger: CircleAlert, info: Info };

/** A few words that need to be noticed, in their place on the page. */
export function Notice({ tone, className, children, ...props }: ComponentProps<'div'> & { tone: Tone }) {
  return (
    <div {...props} className={clsx('flex gap-2 rounded-md border px-3 py-2 text-sm', tones[tone], className)}>
      <Icon of={toneIcons[tone]} className="mt-0.5" />
      <div className="min-w-0">{children}</div>
    </div>
  );
}
