import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ownAddress, ownOrigins, parseEnv, SettingsError } from '@/lib/env';

const key = Buffer.alloc(32, 1).toString('base64');

function problem(source: Record<string, string>): string {
  try {
    parseEnv(source);
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  return '';
}

test('nothing set gives the defaults of the contract', () => {
  expect(parseEnv({})).toEqual({
    mode: 'production',
    port: 3000,
    host: '127.0.0.1',
    baseUrl: 'http://localhost:3000',
    dataDir: resolve('data'),
    databaseUrl: undefined,
    redisUrl: undefined,
    secretKey: undefined,
    secretKeyFile: undefined,
    admin: undefined,
    trustedProxies: [],
    tokenPrefix: 'lk',
    accessLog: 'strict',
    sinkDir: undefined,
    sinkAllowedNetworks: [],
    workers: 1,
    logLevel: 'info',
  });
});

test('an empty value counts as not set', () => {
  const empty = { PORT: '', HOST: '', BASE_URL: '', DATABASE_URL: '', SECRET_KEY: '', TRUSTED_PROXIES: '', TOKEN_PREFIX: '' };
  expect(parseEnv(empty)).toEqual(parseEnv({}));
});

test('the public address follows the port', () => {
  expect(parseEnv({ PORT: '8080' }).baseUrl).toBe('http://localhost:8080');
});

test.each([
  ['https://tokens.example.org', 'https://tokens.example.org'],
  ['https://tokens.example.org/', 'https://tokens.example.org'],
  ['HTTPS://Tokens.Example.ORG:443', 'https://tokens.example.org'],
  ['http://[::1]:3000', 'http://[::1]:3000'],
])('BASE_URL %s is %s', (given, origin) => {
  expect(parseEnv({ BASE_URL: given }).baseUrl).toBe(origin);
});

test.each([
  ['PORT', '0x50'],
  ['PORT', '-1'],
  ['PORT', '65536'],
  ['PORT', '3000.5'],
  ['PORT', ' 3000'],
  ['PORT', 'http'],
  ['BASE_URL', 'tokens.example.org'],
  ['BASE_URL', 'ftp://tokens.example.org'],
  ['BASE_URL', 'https://tokens.example.org/console'],
  ['BASE_URL', 'https://tokens.example.org/?a=b'],
  ['BASE_URL', 'https://me:secret@tokens.example.org'],
  ['BASE_URL', 'javascript:alert(1)'],
  ['DATABASE_URL', 'mysql://localhost/latchkey'],
  ['DATABASE_URL', 'localhost:5432'],
  ['REDIS_URL', 'http://localhost'],
  ['TRUSTED_PROXIES', '10.0.0.0/33'],
  ['TRUSTED_PROXIES', '10.0.0.0/8, everybody'],
  ['TRUSTED_PROXIES', '::1/129'],
  // Some read these as other addresses than they look.
  ['TRUSTED_PROXIES', '010.0.0.1'],
  ['TRUSTED_PROXIES', '10.1'],
  ['TRUSTED_PROXIES', '10.0.0.5/8'],
  ['TOKEN_PREFIX', 'LK'],
  ['TOKEN_PREFIX', '1k'],
  ['TOKEN_PREFIX', 'l_k'],
  ['TOKEN_PREFIX', 'l'.repeat(17)],
  ['LOG_LEVEL', 'loud'],
  ['ACCESS_LOG', 'later'],
  ['WORKERS', '0'],
  ['WORKERS', '65'],
  ['WORKERS', 'all'],
  ['NODE_ENV', 'staging'],
  ['ADMIN_EMAIL', 'nobody'],
  ['ADMIN_EMAIL', 'ada@example.org'],
  ['ADMIN_PASSWORD', 'a password without an e-mail address'],
])('%s=%s stops the start and is named', (name, value) => {
  const source: Record<string, string> = { SECRET_KEY: key, [name]: value };
  expect(problem(source)).toMatch(
    /^(PORT|BASE_URL|DATABASE_URL|REDIS_URL|TRUSTED_PROXIES|TOKEN_PREFIX|WORKERS|ACCESS_LOG|LOG_LEVEL|NODE_ENV|ADMIN_EMAIL): ./,
  );
  expect(problem(source)).toContain(name);
});

test('every bad setting is named at once', () => {
  const message = problem({ PORT: 'x', TOKEN_PREFIX: 'X', LOG_LEVEL: 'x' });
  for (const name of ['PORT', 'TOKEN_PREFIX', 'LOG_LEVEL']) expect(message).toContain(`${name}: `);
});

describe('the key', () => {
  test('is required with DATABASE_URL, and may be in a file', () => {
    const DATABASE_URL = 'postgresql://db.example.org/latchkey';
    expect(problem({ DATABASE_URL })).toContain('SECRET_KEY: this or SECRET_KEY_FILE is required');
    expect(parseEnv({ DATABASE_URL, SECRET_KEY: key }).secretKey).toBe(key);
    expect(parseEnv({ DATABASE_URL, SECRET_KEY_FILE: '/run/secrets/key' }).secretKeyFile).toBe('/run/secrets/key');
  });

  test('cannot be given twice', () => {
    expect(problem({ SECRET_KEY: key, SECRET_KEY_FILE: '/run/secrets/key' })).toContain('SECRET_KEY');
  });

  test('is never repeated in a message, nor is a password', () => {
    const message = problem({ SECRET_KEY: key, SECRET_KEY_FILE: '/x', ADMIN_PASSWORD: 'correct horse battery', PORT: 'x' });
    expect(message).not.toContain(key);
    expect(message).not.toContain('correct horse battery');
    expect(problem({ DATABASE_URL: 'mysql://latchkey:hunter22@localhost/x' })).not.toContain('hunter22');
    expect(problem({ BASE_URL: 'https://me:hunter22@example.org' })).not.toContain('hunter22');
  });
});

test('trusted proxies are addresses and ranges, separated by commas or spaces', () => {
  const { trustedProxies } = parseEnv({ TRUSTED_PROXIES: '10.0.0.0/8, 192.0.2.1  ::1,2001:db8::/32' });
  expect(trustedProxies.map(([address, bits]) => `${address}/${bits}`)).toEqual(['10.0.0.0/8', '192.0.2.1/32', '::1/128', '2001:db8::/32']);
});

test('the first administrator needs both settings', () => {
  const admin = { ADMIN_EMAIL: 'ada@example.org', ADMIN_PASSWORD: 'correct horse battery' };
  expect(parseEnv(admin).admin).toEqual({ email: 'ada@example.org', password: 'correct horse battery' });
});

test('any text for any setting is either taken or refused with SettingsError', () => {
  const names = [
    'PORT',
    'HOST',
    'BASE_URL',
    'DATA_DIR',
    'DATABASE_URL',
    'TRUSTED_PROXIES',
    'TOKEN_PREFIX',
    'ACCESS_LOG',
    'LOG_LEVEL',
    'ADMIN_EMAIL',
  ];
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl(), fc.ipV4(), fc.ipV6()), (name, value) => {
      problem({ [name]: value });
    }),
    { numRuns: 2000 },
  );
});

describe('origins that count as the console’s own', () => {
  test('are the spellings of loopback, with the port, while the public address is one', () => {
    const spellings = ['http://localhost:3000', 'http://127.0.0.1:3000', 'http://[::1]:3000'];
    for (const address of spellings) expect(ownOrigins(address)).toEqual(new Set(spellings));
  });

  test('are the public address alone otherwise', () => {
    expect(ownOrigins('https://tokens.example.org')).toEqual(new Set(['https://tokens.example.org']));
    expect(ownOrigins('https://localhost.example.org')).toEqual(new Set(['https://localhost.example.org']));
  });
});

test.each([
  ['127.0.0.1', 'http://127.0.0.1:3000'],
  ['0.0.0.0', 'http://127.0.0.1:3000'],
  ['::', 'http://[::1]:3000'],
  ['2001:db8::7', 'http://[2001:db8::7]:3000'],
  ['localhost', 'http://localhost:3000'],
])('a server that listens on %s reaches itself at %s', (host, address) => {
  expect(ownAddress({ host, port: 3000 })).toBe(address);
});
