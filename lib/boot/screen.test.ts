import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { screen } from '@/lib/boot/screen';

let server: Server;
beforeAll(async () => {
  server = createServer({ maxHeaderSize: 64 * 1024 }, async (req, res) => {
    const admitted = await screen(req, res, { mode: 'production' });
    if (admitted) res.end(JSON.stringify([admitted.method, admitted.url, admitted.headers['next-action'], await text(admitted)]));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
});
afterAll(() => {
  server.close();
});

/** One request exactly as given, and what came of it: what stands behind the screen saw, or the status of the refusal. */
async function send(method: string, path: string, headers: Record<string, string> = {}, body: string | Buffer = ''): Promise<unknown> {
  const { port } = server.address() as AddressInfo;
  const answer = await new Promise<{ status?: number; body: string }>((done, failed) => {
    const outgoing = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, async (incoming) =>
      done({ status: incoming.statusCode, body: await text(incoming) }),
    );
    outgoing.once('error', failed).end(body);
  });
  return answer.status === 200 ? JSON.parse(answer.body) : answer.status;
}

const act = { 'next-action': '7f', 'content-type': 'text/plain;charset=UTF-8' };

describe('a server action', () => {
  test.each(['[{"name":"Zoë","expiration":{"kind":"days","days":7}}]', '[{"name":"$$x","more":"$undefined"}]', '[null]', '[{"a":"$NaN"}]'])(
    'comes through with its body: %s',
    async (body) => expect(await send('POST', '/tokens', act, body)).toEqual(['POST', '/tokens', '7f', body]),
  );

  test.each(['', '{{', '1', 'null', '"x"', '{}', '[]', '[{},{}]', '['.repeat(9000) + ']'.repeat(9000)])(
    'is refused when its body is no call with one value: %.20s',
    async (body) => expect(await send('POST', '/tokens', act, body)).toBe(400),
  );

  test.each(['$F1', '$Q1', '$W1', '$K1', '$B1', '$T', '$@1', '$1', '$1:a:b', '$i1', '$o', '$n99x', '$D2027', '$undefinedx', '$'])(
    'is refused when a value refers to something else: %s',
    async (value) => expect(await send('POST', '/tokens', act, JSON.stringify([{ deep: [{ name: value }] }]))).toBe(400),
  );

  test.each([
    ['a form', { 'content-type': 'multipart/form-data; boundary=b' }],
    ['an encoded form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['JSON', { 'content-type': 'application/json' }],
    ['another alphabet', { 'content-type': 'text/plain;charset=utf-16' }],
    ['something packed', { 'content-encoding': 'gzip' }],
  ])('is refused as %s', async (_what, headers) => expect(await send('POST', '/tokens', { ...act, ...headers }, '[{}]')).toBe(400));

  test('is refused when it is not UTF-8', async () => {
    expect(await send('POST', '/tokens', act, Buffer.from('[{"name":"\xff"}]', 'latin1'))).toBe(400);
  });

  test('is refused when it is longer than any form, and the refusal arrives', async () => {
    expect(await send('POST', '/tokens', act, JSON.stringify([{ name: 'x'.repeat(1_000_000) }]))).toBe(413);
  });
});

test('a form posted to a page is refused; what an endpoint gets is its own business', async () => {
  expect(await send('POST', '/tokens', { 'content-type': 'multipart/form-data; boundary=b' }, '--b')).toBe(405);
  expect(await send('POST', '/api/../tokens', { 'content-type': 'multipart/form-data; boundary=b' }, '--b')).toBe(405);
  expect(await send('POST', '/api/auth/signout', {}, 'a=b')).toEqual(['POST', '/api/auth/signout', null, 'a=b']);
});

test.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND'])('the method %s is refused', async (method) => {
  expect(await send(method, '/tokens')).toBe(405);
});

test('an address that cannot be decoded, or is of no page, is the address of nothing', async () => {
  expect(await send('GET', '/users/%ff')).toEqual(['GET', '/users/%25ff', null, '']);
  expect(await send('GET', '/_global-error')).toEqual(['GET', '/_not-found', null, '']);
});

test('a head of more than 16 kB is refused: what comes back may name what was asked for', async () => {
  expect(await send('GET', `/${'a'.repeat(15_000)}`)).toMatchObject(['GET', expect.any(String), null, '']);
  expect(await send('GET', `/${'a'.repeat(17_000)}`)).toBe(431);
  expect(await send('GET', '/', { cookie: 'a'.repeat(17_000) })).toBe(431);
});

test('a router state that is none is refused', async () => {
  expect(await send('GET', '/tokens', { 'next-router-state-tree': 'x' })).toBe(400);
  expect(await send('GET', '/tokens', { 'next-router-state-tree': encodeURIComponent('["",{}]') })).toEqual(['GET', '/tokens', null, '']);
});
