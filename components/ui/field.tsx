'use client';

import clsx from 'clsx';
import { CircleAlert } from 'lucide-react';
import { type ReactNode, useId } from 'react';
import { useFieldError } from '@/components/ui/form';
import { Icon } from '@/components/ui/icon';

/** What a control takes over from its field. */
type ControlProps = { id: string; name: string; 'aria-describedby'?: string; 'aria-invalid'?: true };

type Props = {
  /** The name under which a refusal speaks of this field. */
  name: string;
  label: ReactNode;
  hint?: ReactNode;
  /** What stands at the end of the label's line. */
  aside?: ReactNode;
  className?: string;
  children: (control: ControlProps) => ReactNode;
};

/** A labelled control with its hint, and beside it the refusal that concerns it. */
export function Field({ name, label, hint, aside, className, children }: Props) {
  const id = useId();
  const refusal = useFieldError(name);
  const hintId = hint ? `${id}-hint` : undefined;
  const errorId = refusal ? `${id}-error` : undefined;
  const describedBy = [errorId, hintId].filter(Boolean).join(' ') || undefined;
  return (
    <div className={clsx('grid min-w-0 gap-1.5', className)}>
      <div className="flex flex-wrap items-baseline justify-between gap-x-3">
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        {aside}
      </div>
      {children({ id, name, 'aria-describedby': describedBy, 'aria-invalid': refusal ? true : undefined })}
      {refusal && (
        <p id={errorId} className="flex gap-1.5 text-danger text-sm">
          <Icon of={CircleAlert} className="mt-0.5" />
          {refusal}
        </p>
      )}
      {hint && (
        <div id={hintId} className="text-muted text-sm">
          {hint}
        </div>
      )}
    </div>
  );
}
