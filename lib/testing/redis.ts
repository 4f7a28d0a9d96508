import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { gatewayPath } from '@/scripts/gateways.mjs';

/** Where redis-server is; undefined where it is not installed. */
export const redisProgram = gatewayPath('redis-server');

/** A real Redis that keeps nothing on disk. */
export async function startRedis(port: number): Promise<ChildProcess> {
  const child = spawn(redisProgram as string, ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const chunk of child.stdout) if (String(chunk).includes('Ready to accept connections')) break;
  child.stdout.resume();
  return child;
}

/** Ends it, and waits until it has. */
export async function stopRedis(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
