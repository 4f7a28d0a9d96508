import type { ReactNode } from 'react';

/** What this page is for, in a word and a sentence. */
export function AuthHeading({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <header className="mb-5 grid gap-1">
      <h1 className="font-semibold text-xl tracking-tight">{title}</h1>
      {children && <p className="text-pretty text-muted">{children}</p>}
    </header>
  );
}
