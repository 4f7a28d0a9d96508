import { expect, test } from 'vitest';
import { announce } from '@/lib/boot/announce';
import { createLog } from '@/lib/boot/log';
import { parseEnv } from '@/lib/env';

test('the address is printed whatever is logged', () => {
  for (const logLevel of ['info', 'warn', 'silent']) {
    const lines: string[] = [];
    const log = createLog({ logLevel }, { write: (line) => lines.push(line) });
    announce(parseEnv({ BASE_URL: 'https://tokens.example.org' }), log, undefined, 1);
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['Latchkey is ready at https://tokens.example.org']);
    log.info('not louder than it was asked to be');
    expect(lines).toHaveLength(logLevel === 'info' ? 2 : 1);
  }
});
