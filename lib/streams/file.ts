import { constants } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { problemOf, SendError } from '@/lib/streams/problem';

const { O_APPEND, O_CREAT, O_NONBLOCK, O_RDWR } = constants;
// Windows has neither; links cannot be made there by everybody.
const NO_LINK = constants.O_NOFOLLOW ?? 0;
const NEWLINE = 0x0a;

/**
 * Appends lines to a file in the folder `dir` (0600, made when it is missing) and has them on disk before it resolves. Never follows a
 * link, and writes to nothing but regular files. Throws SendError `no_folder` or `file`.
 */
export async function appendToFile(dir: string | undefined, name: string, lines: string): Promise<void> {
  if (!dir) throw new SendError('no_folder');
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const file = await open(join(dir, name), O_APPEND | O_CREAT | O_RDWR | NO_LINK | (O_NONBLOCK ?? 0), 0o600);
    try {
      const stat = await file.stat();
      if (!stat.isFile()) throw new SendError('file', 'ENOTFILE');
      await file.appendFile((await endsInLine(file, stat.size)) ? lines : `\n${lines}`);
      await file.datasync();
      // A file that is new is found after a crash only once its folder is on disk too.
      if (stat.size === 0) await syncFolder(dir);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof SendError) throw error;
    throw new SendError('file', (error as NodeJS.ErrnoException).code ?? '', { cause: error });
  }
}

/** Whether the next line can begin. A crash, or a full disk, may have left half a line: it stays one by itself. */
async function endsInLine(file: FileHandle, size: number): Promise<boolean> {
  if (size === 0) return true;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] === NEWLINE;
}

async function syncFolder(dir: string): Promise<void> {
  // Not every system lets a folder be opened.
  const folder = await open(dir, 'r').catch(() => undefined);
  await folder?.sync().catch(() => {});
  await folder?.close();
}

/** Writes lines to this process's stdout, beside its log; resolves when they are handed to the system. */
export function writeToStdout(lines: string): Promise<void> {
  return new Promise((done, failed) => process.stdout.write(lines, (error) => (error ? failed(problemOf(error)) : done())));
}
