import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, test } from 'vitest';
import { closer } from '@/lib/boot/shutdown';

test('a connection that left HTTP and is never ended does not keep the server from closing', async () => {
  const server = createServer();
  const { close } = closer(server);
  const upgraded = new Promise((done) => server.once('upgrade', done));
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const gone = new Promise((done) => client.once('close', done));
  client.on('error', () => {}).write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  await upgraded;
  await close(50);
  await gone;
  expect(server.listening).toBe(false);
});

test('a server that never listened is closed already', async () => {
  await closer(createServer()).close(50);
});
