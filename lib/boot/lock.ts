import { createHash } from 'node:crypto';
import { realpath, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// What macOS allows; Linux allows 107 bytes.
const LONGEST_SOCKET = 103;

/**
 * Takes `dataDir` for this process until it ends, however it ends: the lock is a listening socket, which the system lets
 * go of with the process. Refuses when another Latchkey has it.
 */
export async function lockFolder(dataDir: string): Promise<Server> {
  const name = `latchkey-${createHash('sha256')
    .update(await realpath(dataDir))
    .digest('hex')
    .slice(0, 24)}`;
  const path = process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : socketPath(dataDir, name);
  for (let attempt = 0; ; attempt++) {
    const server = createServer((socket) => socket.destroy());
    const error = await new Promise<NodeJS.ErrnoException | undefined>((done) => {
      server.once('error', done).listen(path, () => done(undefined));
    });
    if (!error) return server.unref();
    if (error.code !== 'EADDRINUSE') throw error;
    if (attempt > 3 || (await answers(path))) {
      throw new Error(`Another Latchkey is running on ${dataDir}. Stop it, or set DATA_DIR to another folder.`);
    }
    // Left by a crash: nobody listens behind it any more.
    await rm(path, { force: true });
  }
}

/** In the folder itself, where nobody else can take its place; outside only if its path is longer than a socket's may be. */
function socketPath(dataDir: string, name: string): string {
  const inside = join(dataDir, 'lock');
  return Buffer.byteLength(inside) <= LONGEST_SOCKET ? inside : join(tmpdir(), `${name}.lock`);
}

function answers(path: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(path);
    socket.once('connect', () => done(true)).once('error', () => done(false));
    socket.once('close', () => socket.destroy());
  });
}
