import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { expect, test } from 'vitest';
import { readNote, splitNotes } from '@/lib/audit/ledger/note';
import { verifyLedger } from '@/lib/audit/ledger/verify';
import { record } from '@/lib/audit/record';
import { checkpointJobs } from '@/lib/boot/checkpoints-out';
import { withClient } from '@/lib/boot/roles';
import { transaction } from '@/lib/db';
import { testDatabase } from '@/lib/testing/database';
import { sealAll, testSigner } from '@/lib/testing/ledger';

const database = testDatabase();
const never = new AbortController().signal;

async function grow(): Promise<void> {
  await transaction((tx, now) => record(tx, now, 'system', { event: 'user.updated' }));
  await sealAll();
}

/** One round of every job with these settings. */
async function round(jobs: ReturnType<typeof checkpointJobs>): Promise<void> {
  await withClient(database.url, async (client) => {
    for (const job of jobs) await job.work(client, never);
  });
}

test('checkpoints are added to a file and to the log, once each, and what is there is what verification takes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-checkpoints-'));
  try {
    const file = join(folder, 'checkpoints');
    const lines: string[] = [];
    const jobs = checkpointJobs(
      { checkpointFile: file, checkpointWebhook: undefined },
      testSigner().verifier,
      pino({}, { write: (line) => lines.push(line) }),
    );
    for (let n = 0; n < 3; n++) {
      await grow();
      await round(jobs);
      await round(jobs);
    }
    const notes = splitNotes(await readFile(file, 'utf8'));
    expect(notes.map((note) => readNote(note)?.size)).toEqual([1n, 2n, 3n]);
    expect(lines.map((line) => JSON.parse(line).checkpoint)).toEqual(notes);
    const found = await withClient(database.url, (events) =>
      withClient(database.url, (side) => verifyLedger(events, side, { verifier: testSigner().verifier, kept: notes })),
    );
    expect(found.problems).toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('checkpoints go into the log whatever is logged, and to places of their own more often', async () => {
  for (const level of ['warn', 'silent']) {
    const lines: string[] = [];
    const log = pino({ level }, { write: (line) => lines.push(line) });
    const jobs = checkpointJobs({ checkpointFile: '/dev/null', checkpointWebhook: undefined }, testSigner().verifier, log);
    expect(jobs.map(({ pause }) => pause)).toEqual([60_000, 10_000]);
    await grow();
    await round(jobs.slice(0, 1));
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['the log was sealed']);
  }
});

test('a receiver that refuses gets the newest one the next time, and that nothing went out is said once', async () => {
  let answer = 500;
  const received: string[] = [];
  const server = createServer(async (req, res) => {
    let body = '';
    for await (const chunk of req) body += chunk;
    if (answer === 200) received.push(body);
    res.writeHead(answer).end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  try {
    const said: string[] = [];
    const log = pino({ level: 'error' }, { write: (line) => said.push(line) });
    const webhook = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const jobs = checkpointJobs({ checkpointFile: '/nonexistent/file', checkpointWebhook: webhook }, testSigner().verifier, log);
    await grow();
    await round(jobs);
    await round(jobs);
    expect(said.flatMap((line) => JSON.parse(line).to ?? [])).toEqual(['file', 'webhook']);
    await grow();
    answer = 200;
    await round(jobs);
    await round(jobs);
    expect(received.map((note) => readNote(note)?.size)).toEqual([7n]);
  } finally {
    server.close();
  }
});
