import clsx from 'clsx';
import { ChevronDown } from 'lucide-react';
import type { ComponentProps } from 'react';
import { Icon } from '@/components/ui/icon';

// 16 px on phones: below that, iOS zooms into the page on focus.
const control =
  'w-full rounded-md border border-control bg-surface text-ink transition-colors hover:border-muted focus-visible:outline-offset-0 disabled:cursor-not-allowed disabled:bg-canvas disabled:text-muted aria-invalid:border-danger max-sm:text-lg';

/** A one-line input. */
export function Input({ className, type = 'text', ...props }: ComponentProps<'input'>) {
  return <input {...props} type={type} className={clsx(control, 'h-8 px-2.5 max-sm:h-10', className)} />;
}

/** A text of several lines. */
export function Textarea({ className, rows = 2, ...props }: ComponentProps<'textarea'>) {
  return <textarea {...props} rows={rows} className={clsx(control, 'block min-h-8 px-2.5 py-1.5', className)} />;
}

/** The browser's own select, so that it works with every keyboard, phone and screen reader. */
export function Select({ className, children, ...props }: ComponentProps<'select'>) {
  return (
    <span className={clsx('relative inline-grid min-w-0', className)}>
      <select {...props} className={clsx(control, 'h-8 appearance-none truncate pr-8 pl-2.5 max-sm:h-10')}>
        {children}
      </select>
      <Icon of={ChevronDown} className="pointer-events-none absolute top-1/2 right-2 -translate-y-1/2 text-muted" />
    </span>
  );
}
