import { barsOf, widthOf } from '@/components/usage/shape';

type Props = {
  parts: readonly { allowed: number; refused: number }[];
  /** The value at the upper edge. */
  ceiling: number;
  /** For assistive technology: all of it in a sentence. */
  label: string;
  /** What each bar says when it is pointed at. */
  tips?: readonly string[];
  className: string;
};

/** Bars of what passed with what was refused on top, as wide as there is room. */
export function Bars({ parts, ceiling, label, tips, className }: Props) {
  const { allowed, refused } = barsOf(parts, ceiling);
  return (
    <svg role="img" aria-label={label} viewBox={`0 0 ${widthOf(parts.length)} 100`} preserveAspectRatio="none" className={className}>
      <path d={allowed} className="fill-brass" />
      <path d={refused} className="fill-danger-fill" />
      {tips?.map((tip, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its place
        <rect key={place} data-tip={tip} x={widthOf(place)} width={widthOf(1)} height="100" className="fill-transparent hover:fill-ink/8" />
      ))}
    </svg>
  );
}
