import clsx from 'clsx';
import { LoaderCircle } from 'lucide-react';
import type { ComponentProps } from 'react';
import { Icon } from '@/components/ui/icon';

const looks = {
  primary: 'bg-brass text-brass-ink hover:bg-brass-hover',
  secondary: 'border border-control bg-surface text-ink hover:bg-hover active:bg-pressed',
  ghost: 'text-ink hover:bg-hover active:bg-pressed',
  danger: 'bg-danger-fill text-danger-ink hover:bg-danger-fill-hover',
} as const;

type Look = keyof typeof looks;

const base =
  'inline-flex min-h-8 items-center justify-center gap-2 rounded-md px-3 py-1 text-center font-medium transition-colors select-none disabled:cursor-not-allowed disabled:opacity-55 max-sm:min-h-10';

/** How a button looks, for elements that are not one of these. */
export function buttonClass(look: Look = 'secondary', className?: string): string {
  return clsx(base, looks[look], className);
}

type ButtonProps = ComponentProps<'button'> & { look?: Look; pending?: boolean };

/** A button. While `pending` it keeps its words and its focus, and does nothing when pressed again. */
export function Button({ look, pending = false, className, children, onClick, type = 'button', ...props }: ButtonProps) {
  return (
    <button
      {...props}
      type={type}
      aria-disabled={pending || undefined}
      onClick={pending ? (event) => event.preventDefault() : onClick}
      className={buttonClass(look, clsx(pending && 'cursor-progress', className))}
    >
      {pending && <Icon of={LoaderCircle} className="animate-turn" />}
      {children}
    </button>
  );
}
