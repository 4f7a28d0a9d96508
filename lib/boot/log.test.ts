import { expect, test } from 'vitest';
import { createLog } from '@/lib/boot/log';

test('what is logged by mistake under the name of a secret is blanked; what the system calls an error is told', () => {
  const lines: string[] = [];
  const log = createLog({ logLevel: 'info' }, { write: (line) => lines.push(line) });
  const error = (code: string) => Object.assign(new Error('away'), { code });
  log.warn({ err: error('ECONNREFUSED'), code: '57P01' }, 'away');
  log.warn({ err: error('ERR_SOCKET_CLOSED'), headers: { authorization: 'Bearer lk_x', cookie: 'a=b' } }, 'away');
  log.info({ code: 'Xk29fSd0aPq', query: { code: 'aB3dE' }, password: 'a', body: { secret: 'b', password: 'c' } }, 'by mistake');
  const [first, second, third] = lines.map((line) => JSON.parse(line));
  expect(first).toMatchObject({ err: { code: 'ECONNREFUSED' }, code: '57P01' });
  expect(second).toMatchObject({ err: { code: 'ERR_SOCKET_CLOSED' }, headers: { authorization: '[redacted]', cookie: '[redacted]' } });
  const blank = '[redacted]';
  expect(third).toMatchObject({ code: blank, query: { code: blank }, password: blank, body: { secret: blank, password: blank } });
});
