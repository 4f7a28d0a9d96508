'use client';

import clsx from 'clsx';
import { Check, type LucideIcon } from 'lucide-react';
import Link from 'next/link';
import { type ReactNode, use } from 'react';
import { Icon } from '@/components/ui/icon';
import { Choose } from '@/components/ui/menu';

const itemClass =
  'flex min-h-8 w-full cursor-default items-center gap-2.5 rounded-md px-2 py-1 text-left outline-none select-none focus:bg-hover max-sm:min-h-10';

const followPointer = { onPointerMove: (event: { currentTarget: HTMLElement }) => event.currentTarget.focus({ preventScroll: true }) };

type ItemProps = { icon?: LucideIcon; danger?: boolean; onSelect: () => void; children: ReactNode };

export function MenuItem({ icon, danger = false, onSelect, children }: ItemProps) {
  const choose = use(Choose);
  return (
    <button
      type="button"
      role="menuitem"
      tabIndex={-1}
      {...followPointer}
      onClick={() => choose(onSelect)}
      className={clsx(itemClass, danger && 'text-danger')}
    >
      {icon && <Icon of={icon} className={danger ? '' : 'text-muted'} />}
      {children}
    </button>
  );
}

type LinkProps = { icon?: LucideIcon; href: string; onNavigate?: () => void; children: ReactNode };

export function MenuLink({ icon, href, onNavigate, children }: LinkProps) {
  const choose = use(Choose);
  return (
    <Link href={href} role="menuitem" tabIndex={-1} {...followPointer} onClick={() => choose(onNavigate)} className={itemClass}>
      {icon && <Icon of={icon} className="text-muted" />}
      {children}
    </Link>
  );
}

type RadioProps = { icon?: LucideIcon; checked: boolean; onSelect: () => void; children: ReactNode };

export function MenuRadio({ icon, checked, onSelect, children }: RadioProps) {
  const choose = use(Choose);
  return (
    <button
      type="button"
      role="menuitemradio"
      aria-checked={checked}
      tabIndex={-1}
      {...followPointer}
      onClick={() => choose(onSelect)}
      className={itemClass}
    >
      {icon && <Icon of={icon} className="text-muted" />}
      <span className="grow">{children}</span>
      {checked && <Icon of={Check} className="text-brass-text" />}
    </button>
  );
}

type CheckboxProps = { checked: boolean; onToggle: () => void; children: ReactNode };

/** Several of these are chosen one after the other: the menu stays. */
export function MenuCheckbox({ checked, onToggle, children }: CheckboxProps) {
  return (
    <button
      type="button"
      role="menuitemcheckbox"
      aria-checked={checked}
      tabIndex={-1}
      {...followPointer}
      onClick={onToggle}
      className={itemClass}
    >
      <span className="grow">{children}</span>
      {checked && <Icon of={Check} className="text-brass-text" />}
    </button>
  );
}

export function MenuSeparator() {
  return <hr className="-mx-1 my-1 border-line" />;
}
