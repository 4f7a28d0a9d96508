import clsx from 'clsx';
import Link from 'next/link';

type Props<Choice extends string> = {
  choices: readonly Choice[];
  chosen: Choice;
  href: (choice: Choice) => string;
  words: (choice: Choice) => string;
  /** What one chooses, for screen readers. */
  label: string;
  className?: string;
};

/** One of a few views of the same thing: links, so that it is in the URL. */
export function LinkSwitch<Choice extends string>({ choices, chosen, href, words, label, className }: Props<Choice>) {
  return (
    <nav aria-label={label} className={clsx('flex flex-wrap gap-1', className)}>
      {choices.map((one) => (
        <Link
          key={one}
          href={href(one)}
          scroll={false}
          replace
          prefetch={false}
          aria-current={one === chosen ? 'true' : undefined}
          className={clsx(
            'rounded-md px-2.5 py-1 max-sm:py-2',
            one === chosen ? 'bg-pressed font-medium' : 'text-muted hover:bg-hover hover:text-ink',
          )}
        >
          {words(one)}
        </Link>
      ))}
    </nav>
  );
}
