'use client';

import { Menu as Base } from '@base-ui/react/menu';
import clsx from 'clsx';
import { Check, type LucideIcon } from 'lucide-react';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { Icon } from '@/components/ui/icon';

const itemClass =
  'flex min-h-8 cursor-default items-center gap-2.5 rounded-md px-2 py-1 outline-none select-none data-highlighted:bg-hover max-sm:min-h-10';

/** What floats when a menu opens. */
export function MenuPopup({
  align = 'end',
  side = 'bottom',
  children,
}: {
  align?: 'start' | 'end';
  side?: 'top' | 'bottom';
  children: ReactNode;
}) {
  return (
    <Base.Portal>
      <Base.Positioner align={align} side={side} sideOffset={4} collisionPadding={8} className="z-20 outline-none">
        <Base.Popup className="min-w-48 max-w-[min(20rem,var(--available-width))] animate-appear rounded-lg bg-raised p-1 shadow-float outline-none">
          {children}
        </Base.Popup>
      </Base.Positioner>
    </Base.Portal>
  );
}

type ItemProps = { icon?: LucideIcon; danger?: boolean; onSelect: () => void; children: ReactNode };

export function MenuItem({ icon, danger = false, onSelect, children }: ItemProps) {
  return (
    <Base.Item onClick={onSelect} className={clsx(itemClass, danger && 'text-danger')}>
      {icon && <Icon of={icon} className={danger ? '' : 'text-muted'} />}
      {children}
    </Base.Item>
  );
}

type LinkProps = { icon?: LucideIcon; href: string; onNavigate?: () => void; children: ReactNode };

export function MenuLink({ icon, href, onNavigate, children }: LinkProps) {
  return (
    <Base.LinkItem closeOnClick onClick={onNavigate} render={<Link href={href} />} className={itemClass}>
      {icon && <Icon of={icon} className="text-muted" />}
      {children}
    </Base.LinkItem>
  );
}

export function MenuRadio({ value, icon, children }: { value: string; icon?: LucideIcon; children: ReactNode }) {
  return (
    <Base.RadioItem value={value} closeOnClick className={itemClass}>
      {icon && <Icon of={icon} className="text-muted" />}
      <span className="grow">{children}</span>
      <Base.RadioItemIndicator>
        <Icon of={Check} className="text-brass-text" />
      </Base.RadioItemIndicator>
    </Base.RadioItem>
  );
}

export function MenuSeparator() {
  return <Base.Separator className="-mx-1 my-1 h-px bg-line" />;
}
