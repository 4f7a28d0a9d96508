'use client';

import { CircleAlert } from 'lucide-react';
import { type ComponentProps, type ReactNode, useId } from 'react';
import { filterClass } from '@/components/table/filters';
import { useTyped } from '@/components/table/use-typed';
import { Icon } from '@/components/ui/icon';

type Props = Omit<ComponentProps<'input'>, 'value' | 'onChange'> & {
  label: string;
  value: string;
  onSend: (text: string) => void;
  /** Milliseconds without a key before it is sent. */
  pause?: number;
  problem?: string;
  /** What the text stands for, when it does not say so itself. */
  meaning?: string;
};

/** A filter that one types; what it cannot make sense of is said under it. */
export function FilterText({ label, value, onSend, pause, problem, meaning, className, ...props }: Props) {
  const id = useId();
  const [text, setText] = useTyped(value, onSend, pause);
  return (
    <FilterPlace id={id} problem={problem} meaning={meaning} className={className}>
      <span className={`${filterClass} w-full pr-1`}>
        <label htmlFor={id} className="shrink-0">
          {label}
        </label>
        <input
          type="text"
          autoComplete="off"
          spellCheck={false}
          {...props}
          id={id}
          value={text}
          aria-invalid={problem ? true : undefined}
          aria-describedby={problem || meaning ? `${id}-note` : undefined}
          onChange={(event) => setText(event.target.value)}
          className="h-full min-w-0 grow bg-transparent px-1.5 font-medium text-ink outline-none placeholder:font-normal max-sm:text-lg"
        />
      </span>
    </FilterPlace>
  );
}

type PlaceProps = { id: string; problem?: string; meaning?: string; className?: string; children: ReactNode };

/** A filter's place in the bar, with room under it for what must be said about it. */
export function FilterPlace({ id, problem, meaning, className, children }: PlaceProps) {
  return (
    <div className={`grid min-w-0 grid-cols-1 gap-1 ${className ?? ''}`}>
      {children}
      {problem ? (
        <p id={`${id}-note`} className="flex max-w-80 gap-1.5 text-danger text-xs">
          <Icon of={CircleAlert} className="size-3.5" />
          {problem}
        </p>
      ) : (
        meaning && (
          <p id={`${id}-note`} className="truncate px-2.5 text-muted text-xs">
            {meaning}
          </p>
        )
      )}
    </div>
  );
}
