import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '@/lib/boot/free-port';
import { db } from '@/lib/db';
import { parseEnv } from '@/lib/env';
import { installRuntime, runtime } from '@/lib/runtime';
import { createStream } from '@/lib/streams/commands';
import { deliverNext } from '@/lib/streams/deliver';
import { listStreams } from '@/lib/streams/queries';
import { createActor, testDatabase } from '@/lib/testing/database';
import { sealAll } from '@/lib/testing/ledger';
import { createToken } from '@/lib/tokens/commands';
import { gatewayPath } from '@/scripts/gateways.mjs';

/*
 * The log, streamed to a syslog server that others use: what it makes of the messages, by its own parsers.
 */

const program = gatewayPath('rsyslogd');

/** Writes each message as it understood it, field by field: the structured data as JSON. */
const configuration = (folder: string, port: number) => `
global(workDirectory="${folder}" maxMessageSize="64k")
module(load="imtcp")
module(load="mmpstrucdata")
template(name="understood" type="string" string="%pri%\\t%timereported:::date-rfc3339%\\t%hostname%\\t%app-name%\\t%msgid%\\t%$!rfc5424-sd%\\t%msg%\\n")
ruleset(name="latchkey") {
  action(type="mmpstrucdata" sd_name.lowercase="off")
  action(type="omfile" file="${folder}/events" template="understood")
}
input(type="imtcp" address="127.0.0.1" port="${port}" ruleset="latchkey")
`;

describe.skipIf(!program)(`rsyslog${program ? '' : ': not run, rsyslogd is not installed'}`, () => {
  testDatabase();
  let folder: string;
  let port: number;
  let end: () => Promise<void>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchkey-rsyslog-'));
    port = await freePort();
    await writeFile(join(folder, 'rsyslog.conf'), configuration(folder, port));
    const child = spawn(program as string, ['-n', '-f', join(folder, 'rsyslog.conf'), '-i', join(folder, 'pid')], { stdio: 'ignore' });
    end = async () => {
      if (child.exitCode === null) {
        child.kill('SIGKILL');
        await once(child, 'close');
      }
      await rm(folder, { recursive: true });
    };
    const env = parseEnv({
      ...{ NODE_ENV: 'test', DATABASE_URL: 'postgresql://localhost/unused', SECRET_KEY: Buffer.alloc(32, 1).toString('base64') },
      ...{ SINK_ALLOWED_NETWORKS: '127.0.0.0/8', BASE_URL: 'https://tokens.example.org' },
    });
    installRuntime({ ...runtime(), env });
  });
  afterAll(() => end?.());

  test('takes every event of a stream over TCP, in order, each as one message with its structured data and its JSON intact', async () => {
    await expect.poll(() => isListening(port)).toBe(true);
    const admin = await createActor('admin');
    // What somebody sends who wants a message to end early, or another to begin.
    const userAgent = 'curl "8" \\ ] [x@1 y="z"]\n<14>1 - evil evil - - - Zürich 北京 \u202e';
    const stranger = { ...admin, origin: { ...admin.origin, userAgent } };
    const target = { kind: 'syslog', host: '127.0.0.1', port, tls: false, ca: '' } as const;
    const { id } = await createStream(stranger, { ...target, name: 'rsyslog', start: 'beginning' });
    for (const name of ['Plain', 'A "quoted" ] name', 'Zürich / 北京'])
      await createToken(stranger, { name, description: '', expiration: { kind: 'never' } });
    await sealAll();
    while (await deliverNext(id, new AbortController().signal));
    expect((await listStreams(admin))[0]).toMatchObject({ status: 'active', problem: null, lag: { events: 0 } });

    const events = await db().auditEvent.findMany({ orderBy: { id: 'asc' }, select: { id: true, at: true, event: true, tokenId: true } });
    expect(events.length).toBe(4);
    const lines = async () => (await readFile(join(folder, 'events'), 'utf8').catch(() => '')).split('\n').slice(0, -1);
    await expect.poll(async () => (await lines()).length).toBe(events.length);
    const understood = (await lines()).map((line) => {
      const [priority, at = '', hostname, name, event, data = '', message = ''] = line.split('\t');
      return { priority, at: new Date(at), hostname, name, event, data: JSON.parse(data)['latchkey@32473'], json: JSON.parse(message) };
    });
    expect(understood).toEqual(
      events.map(({ id, at, event, tokenId }) => ({
        ...{ priority: '110', at, hostname: 'tokens.example.org', name: 'latchkey', event },
        data: {
          ...{ id, event, outcome: 'ok', actor: admin.userId, ip: '192.0.2.1', requestId: admin.origin.requestId },
          ...(tokenId && { token: tokenId }),
          userAgent: 'curl "8" \\ ] [x@1 y="z"][U+000A]<14>1 - evil evil - - - Zürich 北京 [U+202E]',
        },
        json: expect.objectContaining({ id, event, userAgent }),
      })),
    );
    expect(understood.slice(1).map(({ json }) => json.token.name)).toEqual(['Plain', 'A "quoted" ] name', 'Zürich / 北京']);
  });
});

function isListening(port: number): Promise<boolean> {
  return new Promise((known) => {
    const socket = connect(port, '127.0.0.1', () => known(true)).on('error', () => known(false));
    socket.on('connect', () => socket.destroy());
  });
}
