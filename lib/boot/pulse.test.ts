import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, expect, test } from 'vitest';
import { startEmbedded } from '@/lib/boot/postgres';
import { takePulse } from '@/lib/boot/pulse';

const dataDir = await mkdtemp(join(tmpdir(), 'latchkey-pulse-'));
afterAll(() => rm(dataDir, { recursive: true, force: true }));

test('the pulse is gone with the database and back with it, and the log says each once', async () => {
  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => lines.push(JSON.parse(line).msg) });
  const silent = pino({ level: 'silent' });
  const postgres = await startEmbedded(dataDir, silent);
  const pulse = takePulse(postgres.superuserUrl, log);
  expect(await Promise.all([pulse.beats(), pulse.beats()])).toEqual([true, true]);
  await postgres.stop();
  const askedAt = Date.now();
  expect([await pulse.beats(), await pulse.beats()]).toEqual([false, false]);
  expect(Date.now() - askedAt).toBeLessThan(2000);
  const again = await startEmbedded(dataDir, silent);
  expect([await pulse.beats(), await pulse.beats()]).toEqual([true, true]);
  expect(lines).toEqual(['the database does not answer', 'the database answers again']);
  await pulse.close();
  await again.stop();
});
