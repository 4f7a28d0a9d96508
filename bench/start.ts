import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLatchkey, stop } from '@/bench/world';

const REST = 5000;

/** From `npm start`'s command to /readyz, the build being there: with a new data folder, and again; and the memory at rest. */
export async function benchStart(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
  try {
    const first = await startLatchkey({ DATA_DIR: dataDir, LOG_LEVEL: 'warn' });
    await stop(first.child);
    const again = await startLatchkey({ DATA_DIR: dataDir, LOG_LEVEL: 'warn' });
    // Read to its end: an answer that nobody takes is still in flight.
    await (await fetch(`${again.url}/login`)).text();
    await new Promise((rested) => setTimeout(rested, REST));
    const memory = await residentMegabytes(again.child.pid);
    const stopping = performance.now();
    await stop(again.child);
    console.table([
      { what: 'ready, the first time', value: first.milliseconds, unit: 'ms', limit: 10_000 },
      { what: 'ready, after', value: again.milliseconds, unit: 'ms', limit: 5000 },
      { what: 'Node process at rest', value: memory, unit: 'MB', limit: 400 },
      { what: 'stopped', value: Math.round(performance.now() - stopping), unit: 'ms', limit: 10_000 },
    ]);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function residentMegabytes(pid: number | undefined): Promise<number | string> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kilobytes = /VmRSS:\s+(\d+)/.exec(status)?.[1];
  return kilobytes ? Math.round(Number(kilobytes) / 1024) : 'unknown';
}
