'use client';

import clsx from 'clsx';
import { X } from 'lucide-react';
import { type ChangeEvent, type ClipboardEvent, type ComponentProps, type KeyboardEvent, useId, useRef, useState } from 'react';
import { Field } from '@/components/ui/field';
import { useRefusedText } from '@/components/ui/form';
import { Icon } from '@/components/ui/icon';
import { SEPARATORS } from '@/components/ui/read-list';

type Props = Omit<ComponentProps<typeof Field>, 'children'> & {
  items: readonly string[];
  onItems: (items: string[]) => void;
  /** What is offered while one types. */
  suggestions?: readonly string[];
  /** The name of the button that takes `text` away. */
  removeLabel: (text: string) => string;
};

/**
 * Several short texts in one field: a space, a comma, Enter or leaving the field ends one. Its form gets all of them under the
 * field's name, also what was not ended yet (read-list.ts).
 */
export function ListField({ items, onItems, suggestions = [], removeLabel, ...field }: Props) {
  const [text, setText] = useState('');
  const input = useRef<HTMLInputElement>(null);
  const listId = useId();
  const refused = useRefusedText(field.name);

  function add(...texts: string[]) {
    const added = texts.filter((one) => one !== '' && !items.includes(one));
    if (added.length > 0) onItems([...new Set([...items, ...added])]);
  }

  function remove(item: string) {
    onItems(items.filter((other) => other !== item));
    input.current?.focus();
    noteChange(input.current);
  }

  function onChange({ target, nativeEvent }: ChangeEvent<HTMLInputElement>) {
    const { inputType } = nativeEvent as InputEvent;
    const isChosen = inputType === 'insertReplacementText' && suggestions.includes(target.value);
    const parts = isChosen ? [target.value, ''] : target.value.split(SEPARATORS);
    add(...parts.slice(0, -1));
    setText(parts.at(-1) ?? '');
  }

  // An input would run the lines of what is pasted together.
  function onPaste(event: ClipboardEvent<HTMLInputElement>) {
    const pasted = event.clipboardData.getData('text');
    if (!SEPARATORS.test(pasted.trim())) return;
    event.preventDefault();
    add(...pasted.split(SEPARATORS));
    noteChange(input.current);
  }

  function end() {
    add(text.trim());
    setText('');
  }

  function onKeyDown(event: KeyboardEvent<HTMLInputElement>) {
    if (event.key === 'Enter' && text.trim() !== '' && !event.nativeEvent.isComposing) {
      event.preventDefault();
      end();
    }
    const last = items.at(-1);
    if (event.key === 'Backspace' && text === '' && last !== undefined) remove(last);
  }

  return (
    <Field {...field}>
      {({ name, ...control }) => (
        <div className="flex min-h-8 min-w-0 flex-wrap items-center gap-1 rounded-md border border-control bg-surface p-0.75 transition-colors focus-within:outline-2 focus-within:outline-ring hover:border-muted has-aria-invalid:border-danger max-sm:min-h-10">
          {items.length > 0 && (
            <ul className="contents">
              {items.map((item) => (
                <li
                  key={item}
                  className={clsx(
                    'flex min-h-6 min-w-0 items-center rounded-sm pl-2 font-mono text-sm',
                    item === refused ? 'bg-danger-soft text-danger' : 'bg-hover',
                  )}
                >
                  <span className="min-w-0 break-all">{item}</span>
                  <button
                    type="button"
                    aria-label={removeLabel(item)}
                    onClick={() => remove(item)}
                    className="grid size-6 shrink-0 place-items-center rounded-sm text-muted hover:text-ink focus-visible:-outline-offset-2"
                  >
                    <Icon of={X} className="size-3.5" />
                  </button>
                </li>
              ))}
            </ul>
          )}
          <input
            {...control}
            ref={input}
            name={name}
            value={text}
            list={suggestions.length > 0 ? listId : undefined}
            autoCapitalize="none"
            spellCheck={false}
            onChange={onChange}
            onPaste={onPaste}
            onKeyDown={onKeyDown}
            onBlur={end}
            className="h-6 w-0 min-w-20 grow bg-transparent px-1.5 font-mono text-sm outline-none [&::-webkit-calendar-picker-indicator]:hidden! max-sm:text-lg"
          />
          <datalist id={listId}>
            {suggestions
              .filter((one) => !items.includes(one))
              .map((one) => (
                <option key={one} value={one} />
              ))}
          </datalist>
          {items.map((item) => (
            <input key={item} type="hidden" name={name} value={item} />
          ))}
        </div>
      )}
    </Field>
  );
}

/** Tells the form and the dialog around it that the person has changed something, which no key of theirs has. */
function noteChange(input: HTMLInputElement | null) {
  input?.dispatchEvent(new Event('input', { bubbles: true }));
}
