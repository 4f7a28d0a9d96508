/** Beyond so many events the dialog offers the background first. */
export const LARGE = 100_000;

/** As many exports of one person wait or run. */
export const MOST_UNDER_WAY = 3;

/** As many exports of one person are kept, whatever became of them. */
export const MOST_KEPT = 10;

/** So long after its end a file is kept, in milliseconds. */
export const KEPT_FOR = 24 * 3_600_000;

/** Bytes that the file of one export takes in the database, compressed, and those of all together. */
export const MOST_OF_ONE = 4 * 2 ** 30;
export const MOST_OF_ALL = 8 * 2 ** 30;

/** The last twenty sizes that checkpoints state which somebody pasted; null where there is something else. */
export function sizesIn(pasted: string): string | null {
  const sizes = [...pasted.replaceAll('\r', '').matchAll(/^\S+\n(\d{1,18})\n[A-Za-z0-9+/]{43}=$/gm)].map(([, size]) => size);
  return sizes.length === 0 && pasted.trim() !== '' ? null : [...new Set(sizes)].slice(-20).join(' ');
}
