import clsx from 'clsx';

/** The place of something that is still coming; give it the size of what will stand there. */
export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden="true" className={clsx('block animate-breathe rounded-md bg-pressed', className)} />;
}
