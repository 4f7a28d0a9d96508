type Props = {
  label: string;
  done: number;
  /** 0: not known yet. */
  total: number;
  /** For assistive technology, in place of a share: how far it is. */
  words: string;
};

/** How far something is that takes a while. */
export function Progress({ label, done, total, words }: Props) {
  const share = total > 0 ? Math.min(done / total, 1) : 0;
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.floor(share * 100)}
      aria-valuetext={words}
      className="h-2 overflow-hidden rounded-full border border-control bg-canvas"
    >
      <svg aria-hidden="true" viewBox="0 0 100 1" preserveAspectRatio="none" className="block size-full">
        <rect width={share * 100} height="1" className="fill-brass" />
      </svg>
    </div>
  );
}
