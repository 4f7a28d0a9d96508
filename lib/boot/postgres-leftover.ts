import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Logger } from 'pino';

const PATIENCE = 10_000;

/**
 * Ends the server that a crashed Latchkey left running on `cluster`, and removes a lock file whose process is gone or is
 * some other program by now. Does nothing when there is nothing.
 */
export async function stopLeftover(cluster: string, log: Logger): Promise<void> {
  const lockFile = join(cluster, 'postmaster.pid');
  const content = await readFile(lockFile, 'utf8').catch(() => '');
  const pid = Number(content.split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 1) return;
  if (!(await isServerOf(pid, cluster))) {
    await rm(lockFile, { force: true });
    return;
  }
  log.warn({ pid }, 'a database of an earlier run is still there; stopping it first');
  process.kill(pid, 'SIGINT');
  for (const signal of ['SIGQUIT', 'SIGKILL'] as const) {
    if (await gone(pid)) return;
    process.kill(pid, signal);
  }
  if (!(await gone(pid))) throw new Error(`the database of an earlier run (process ${pid}) does not end`);
}

async function isServerOf(pid: number, cluster: string): Promise<boolean> {
  if (process.platform === 'win32') return alive(pid);
  return (await commandLine(pid)).includes(cluster);
}

async function commandLine(pid: number): Promise<string> {
  if (process.platform === 'linux') return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  const listed = await promisify(execFile)('ps', ['-ww', '-o', 'args=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return listed.stdout;
}

async function gone(pid: number): Promise<boolean> {
  for (const deadline = Date.now() + PATIENCE; Date.now() < deadline; await sleep(50)) {
    if (!alive(pid)) return true;
  }
  return false;
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
