import type { ReactNode } from 'react';

type Props = { id: string; title: string; description?: ReactNode; action?: ReactNode; children: ReactNode };

/** A part of a page: what it is, at most a sentence on what it does, and its action. */
export function Section({ id, title, description, action, children }: Props) {
  return (
    <section aria-labelledby={id} className="grid grid-cols-1 gap-4 border-line border-t pt-6">
      <header className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1">
        <div className="grid gap-1">
          <h2 id={id} className="font-semibold text-lg">
            {title}
          </h2>
          {description && <p className="max-w-[68ch] text-pretty text-muted">{description}</p>}
        </div>
        {action}
      </header>
      {children}
    </section>
  );
}
