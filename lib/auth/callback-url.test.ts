import fc from 'fast-check';
import { expect, test } from 'vitest';
import { safeCallbackUrl } from '@/lib/auth/callback-url';

test.each(['/tokens', '/audit?event=token.used&from=2026-01-01', '/users/0198?tab=a#top', '/tokens?q=%2F%2Fx', '/a//b'])(
  'leads to %s',
  (path) => {
    expect(safeCallbackUrl(path)).toBe(path);
  },
);

test.each([
  'https://elsewhere.example/',
  '//elsewhere.example',
  '///elsewhere.example',
  '/\\elsewhere.example',
  '\\\\elsewhere.example',
  '/\t/elsewhere.example',
  '/\n/elsewhere.example',
  '/.//elsewhere.example',
  '/a/..//elsewhere.example',
  '/%2e//elsewhere.example',
  'javascript:alert(1)',
  'tokens',
  '',
  '/login?callbackUrl=/login',
  '/setup',
  '/api/auth/signout',
  `/${'a'.repeat(3000)}`,
  '/\ud800',
  null,
  undefined,
  ['/tokens'],
])('leads to the start page instead of %j', (wanted) => {
  expect(safeCallbackUrl(wanted)).toBe('/');
});

test('whatever is asked for, the way stays on this site', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.webUrl(),
        fc.string().map((text) => `/${text}`),
        fc.string().map((text) => `//${text}`),
      ),
      (wanted) => {
        const url = new URL(safeCallbackUrl(wanted), 'https://console.example');
        expect(url.origin).toBe('https://console.example');
      },
    ),
  );
});
