// Longer than anything that a form asks for; a few of them still fit into the 64 kB that an action's request may have.
const LONGEST = 10_000;

/** The first field whose text the server would not even read: it is refused where it was typed, not by a request that fails. */
export function oversized(fields: FormData): string | undefined {
  return [...fields].find(([, value]) => typeof value === 'string' && value.length > LONGEST)?.[0];
}
