import type { Piece } from '@/lib/audit/export-pieces';

// Whoever takes longer than this to fetch a file gives up their place, in milliseconds.
const LONGEST = 60 * 60_000;
// How often it is asked whether the person may still have it, in milliseconds.
const ASK_AGAIN = 1000;

/** Why a file did not come to its end. */
export type Broken = 'cancelled' | 'failed' | 'revoked' | 'too_slow' | 'too_large';

/** How an export ended: with how many events handed over, and whole (`sha256`) or not. */
export type End = { events: number; sha256?: string; broken?: Broken; cause?: unknown };

/**
 * Pieces as a stream that reads one when it is wanted. It never ends before `onEnd` has kept that the file is whole; what breaks
 * it, that included, makes it fail, so that what arrived does not look whole. `onEnd` is called once, or again with `failed`.
 */
export function exportStream(
  pieces: AsyncGenerator<Piece, void>,
  stillMay: () => Promise<boolean>,
  onEnd: (end: End) => Promise<void>,
): ReadableStream<Uint8Array> {
  let events = 0;
  let isOver = false;
  let askedAt = Date.now();
  let tooSlow: NodeJS.Timeout;

  async function breakOff(controller: ReadableStreamDefaultController, broken: Broken, cause?: unknown): Promise<void> {
    close();
    // Next takes an AbortError for what it is: it cuts the connection, and calls it no fault of the page.
    controller.error(new DOMException(`the export was broken off: ${broken}`, 'AbortError'));
    await onEnd({ events, broken, cause });
  }

  function close() {
    isOver = true;
    clearTimeout(tooSlow);
  }

  async function mayGoOn(): Promise<boolean> {
    if (Date.now() - askedAt < ASK_AGAIN) return true;
    askedAt = Date.now();
    return stillMay();
  }

  /** Sends the next piece that is not empty. */
  async function send(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    while (await mayGoOn()) {
      const { value } = await pieces.next();
      if (isOver || !value) return;
      const { bytes, sha256 } = value;
      if (sha256) await onEnd({ events: value.events, sha256 });
      events = value.events;
      if (bytes.length > 0) controller.enqueue(bytes);
      if (!sha256 && bytes.length === 0) continue;
      if (sha256) close();
      if (sha256) controller.close();
      return;
    }
    await breakOff(controller, 'revoked');
  }

  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        tooSlow = setTimeout(() => void breakOff(controller, 'too_slow'), LONGEST).unref();
      },
      async pull(controller) {
        try {
          await send(controller);
        } catch (cause) {
          if (!isOver) await breakOff(controller, 'failed', cause);
        }
      },
      async cancel() {
        close();
        await onEnd({ events, broken: 'cancelled' });
      },
    },
    { highWaterMark: 0 },
  );
}
