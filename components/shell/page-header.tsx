import type { ReactNode } from 'react';

type Props = { title: string; description?: ReactNode; actions?: ReactNode };

/** What the page holds, one sentence on what it is for, and its main action. */
export function PageHeader({ title, description, actions }: Props) {
  return (
    <header className="mb-6 flex flex-wrap items-start justify-between gap-x-6 gap-y-4">
      <div className="grid min-w-0 grow basis-72 gap-1">
        <h1 className="font-semibold text-2xl tracking-tight">{title}</h1>
        {description && <p className="max-w-[68ch] text-pretty text-muted">{description}</p>}
      </div>
      {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
    </header>
  );
}
