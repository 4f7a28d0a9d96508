import type { ReactNode } from 'react';

type Props = { title: string; action?: ReactNode; children: ReactNode };

/** A part of an event's details, under its own heading. */
export function Part({ title, action, children }: Props) {
  return (
    <section className="mt-6 grid grid-cols-1 gap-2">
      <div className="flex min-h-8 items-center justify-between gap-2">
        <h3 className="font-medium">{title}</h3>
        {action}
      </div>
      {children}
    </section>
  );
}
