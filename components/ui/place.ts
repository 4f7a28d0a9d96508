/** On which side of its trigger something floats, and with which edge it is in line. */
export type Placement = { side: 'top' | 'bottom'; align: 'start' | 'center' | 'end' };

const GAP = 4;
const MARGIN = 8;

/** Puts `floating` (fixed, in the top layer) beside `trigger`: on the other side where there is no room, inside the window. */
export function placeBeside(floating: HTMLElement, trigger: Element, { side, align }: Placement): void {
  const at = trigger.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = floating;
  const above = at.top - GAP - height;
  const below = at.bottom + GAP;
  const fitsBelow = below + height <= window.innerHeight - MARGIN;
  const top = side === 'bottom' ? (fitsBelow || above < MARGIN ? below : above) : above >= MARGIN ? above : below;
  const left = { start: at.left, center: at.left + (at.width - width) / 2, end: at.right - width }[align];
  floating.style.top = `${Math.max(MARGIN, top)}px`;
  floating.style.left = `${Math.max(MARGIN, Math.min(left, document.documentElement.clientWidth - MARGIN - width))}px`;
}
