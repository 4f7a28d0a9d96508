import type { ReactNode } from 'react';

type Props = { id: string; title: string; description: string; children: ReactNode };

/** A part of the profile: what it is, one sentence on what it does, and its controls. */
export function ProfileSection({ id, title, description, children }: Props) {
  return (
    <section aria-labelledby={id} className="grid gap-4 border-line border-t pt-8">
      <header className="grid gap-1">
        <h2 id={id} className="font-semibold text-lg">
          {title}
        </h2>
        <p className="max-w-[68ch] text-pretty text-muted">{description}</p>
      </header>
      {children}
    </section>
  );
}
