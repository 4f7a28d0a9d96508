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
