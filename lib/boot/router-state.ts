// Next refuses longer ones too.
const LONGEST = 40_000;
// One level up, two levels up, or the root: an intercepted segment is one of these four, never a mixture.
const PARAMETER_KINDS = /^(c|oc|d|[cd]i(\(\.\)|\(\.\.\)|\(\.\.\)\(\.\.\)|\(\.\.\.\)))$/;
const MARKERS = [undefined, null, 'refetch', 'inside-shared-layout', 'metadata-only'];

/**
 * Whether `header` (Next-Router-State-Tree: where in the console the browser is, as JSON) is of the shape that Next's router sends.
 * Anything else makes Next fail instead of refusing.
 */
export function isRouterState(header: string): boolean {
  if (header.length > LONGEST) return false;
  try {
    return isNode(JSON.parse(decodeURIComponent(header)), 0);
  } catch {
    return false;
  }
}

function isNode(node: unknown, depth: number): boolean {
  if (!Array.isArray(node) || node.length < 2 || node.length > 6 || depth > 50) return false;
  const [segment, children, location, marker, hints, extra] = node as unknown[];
  return (
    isSegment(segment) &&
    isRecord(children) &&
    Object.values(children).every((child) => isNode(child, depth + 1)) &&
    (location === undefined || location === null || isTexts(location, 2)) &&
    MARKERS.includes(marker as string) &&
    (hints === undefined || hints === null || typeof hints === 'number') &&
    (extra === undefined || typeof extra === 'string')
  );
}

function isSegment(segment: unknown): boolean {
  if (typeof segment === 'string') return true;
  if (!Array.isArray(segment) || segment.length !== 4) return false;
  const [name, key, kind, siblings] = segment as unknown[];
  return isTexts([name, key, kind], 3) && PARAMETER_KINDS.test(kind as string) && (siblings === null || isTexts(siblings));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown, length?: number): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string') && (length === undefined || value.length === length);
}
