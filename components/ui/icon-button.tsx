import clsx from 'clsx';
import type { LucideIcon } from 'lucide-react';
import type { ComponentProps } from 'react';
import { Icon } from '@/components/ui/icon';

export const iconButtonClass =
  'inline-flex size-8 shrink-0 items-center justify-center rounded-md text-muted transition-colors hover:bg-hover hover:text-ink active:bg-pressed disabled:cursor-not-allowed disabled:opacity-55 aria-expanded:bg-hover aria-expanded:text-ink max-sm:size-10';

type Props = Omit<ComponentProps<'button'>, 'children'> & { label: string; icon: LucideIcon };

/** A button that shows only an icon; its name is read out, and seen on hover and focus. */
export function IconButton({ label, icon, className, ...props }: Props) {
  return (
    <button type="button" data-tip={label} {...props} aria-label={label} className={clsx(iconButtonClass, className)}>
      <Icon of={icon} />
    </button>
  );
}
