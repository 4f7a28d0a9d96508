import { spawnSync } from 'node:child_process';
import { expect, test } from '@playwright/test';
import { newDataDir, startServer } from '@/e2e/support/server';

test('several processes serve as one: their figures add up, one that dies is replaced, and a stop ends all', async () => {
  const { path, remove } = await newDataDir();
  const server = await startServer({ dataDir: path, env: { WORKERS: '2' } });
  const workers = () =>
    spawnSync('ps', ['-o', 'pid=,args=', '--ppid', String(server.pid)], { encoding: 'utf8' })
      .stdout.split('\n')
      .filter((line) => line.includes('server.mjs'))
      .map((line) => Number.parseInt(line, 10));
  try {
    expect(workers()).toHaveLength(2);
    expect((await fetch(`${server.url}/login`)).status).toBe(200);
    // A connection each: the parent deals them out in turn.
    for (let n = 0; n < 10; n++) expect((await fetch(`${server.url}/verify`, { headers: { connection: 'close' } })).status).toBe(401);
    const figures = await (await fetch(`${server.url}/metrics`)).text();
    expect(figures).toContain('latchkey_verifications_total{outcome="refused",reason="no_credential"} 10');
    expect(figures).toContain('latchkey_database_up 1');

    const [first = 0] = workers();
    process.kill(first, 'SIGKILL');
    await expect.poll(() => workers().filter((pid) => pid !== first)).toHaveLength(2);
    await expect.poll(async () => (await fetch(`${server.url}/readyz`)).status).toBe(200);
  } finally {
    const last = workers();
    expect(await server.end('SIGTERM')).toBe(0);
    for (const pid of last) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    await remove();
  }
});
