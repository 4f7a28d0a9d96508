'use client';

import clsx from 'clsx';
import { CircleAlert, type LucideIcon } from 'lucide-react';
import { type ComponentProps, type ReactNode, useId, useState } from 'react';
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
  /** What it is set to while nothing is typed; the placeholder, what to type, is seen once somebody is about to. */
  unset?: string;
  /** Marks a text that stands for exactly one thing. */
  icon?: LucideIcon;
  inputClass?: string;
};

/** A filter that one types; what it cannot make sense of is said under it. */
export function FilterText({
  label,
  value,
  onSend,
  pause,
  problem,
  unset,
  icon,
  placeholder,
  className,
  inputClass,
  title,
  ...props
}: Props) {
  const id = useId();
  const [text, setText] = useTyped(value, onSend, pause);
  const [focused, setFocused] = useState(false);
  return (
    <FilterPlace id={id} problem={problem}>
      <span className={clsx(filterClass, 'w-full pr-1', className)} title={title}>
        <label htmlFor={id} className="shrink-0">
          {label}
        </label>
        {icon && <Icon of={icon} className="ml-1.5" />}
        <input
          type="text"
          autoComplete="off"
          spellCheck={false}
          {...props}
          id={id}
          value={text}
          placeholder={focused ? placeholder : (unset ?? placeholder)}
          data-unset={text === ''}
          aria-invalid={problem ? true : undefined}
          aria-describedby={problem ? `${id}-note` : undefined}
          onChange={(event) => setText(event.target.value)}
          onFocus={() => setFocused(true)}
          onBlur={() => setFocused(false)}
          className={clsx(
            'field-sizing-content h-full min-w-0 grow bg-transparent px-1.5 font-medium text-ink outline-none max-sm:text-lg',
            focused ? 'placeholder:font-normal' : 'placeholder:text-ink',
            inputClass,
          )}
        />
      </span>
    </FilterPlace>
  );
}

type PlaceProps = { id: string; problem?: string; children: ReactNode };

/** A filter's place in the bar, with room under it for what must be said about it. */
export function FilterPlace({ id, problem, children }: PlaceProps) {
  return (
    <div className="grid min-w-0 grid-cols-1 gap-1">
      {children}
      {problem && (
        <p id={`${id}-note`} className="flex max-w-80 gap-1.5 pr-3 text-danger text-xs">
          <Icon of={CircleAlert} className="size-3.5" />
          {problem}
        </p>
      )}
    </div>
  );
}
