type Part = { allowed: number; refused: number };

/** Of a bar's place: 10 units wide, 100 high. */
const PLACE = 10;
const GAP = 2;
// What happened at all is seen, however rare it was.
const LEAST = 1.5;

/** The width of a chart of so many bars, in its own units; it is 100 high. */
export function widthOf(bars: number): number {
  return bars * PLACE;
}

const ROUND = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/** The least round number that is not below `most`; at least 4. */
export function ceilingOf(most: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(4, most)));
  const step = ROUND.find((factor) => factor * power >= Math.max(4, most)) ?? 10;
  return Math.ceil(step * power);
}

/** The bars as two paths: what passed from the ground up, what was refused on top of it. */
export function barsOf(parts: readonly Part[], ceiling: number): { allowed: string; refused: string } {
  const height = (value: number) => (value === 0 ? 0 : Math.max(LEAST, (value / ceiling) * 100));
  const bar = (place: number, from: number, to: number) =>
    to > from ? `M${place * PLACE + GAP / 2} ${round(100 - from)}V${round(100 - to)}h${PLACE - GAP}V${round(100 - from)}z` : '';
  return {
    allowed: parts.map(({ allowed }, place) => bar(place, 0, height(allowed))).join(''),
    refused: parts
      .map(({ allowed, refused }, place) => bar(place, height(allowed), Math.min(100, height(allowed) + height(refused))))
      .join(''),
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
