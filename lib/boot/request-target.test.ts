import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodable, originForm } from '@/lib/boot/request-target';

test('the target of a proxy, in absolute form, is its path', () => {
  expect(originForm('/tokens?q=1')).toBe('/tokens?q=1');
  expect(originForm('//evil.example')).toBe('//evil.example');
  expect(originForm('http://evil.example/verify?scope=a')).toBe('/verify?scope=a');
  expect(originForm('HTTPS://evil.example')).toBe('/');
  expect(originForm('http://evil.example?x=1')).toBe('/?x=1');
});

test('what names no path is no target', () => {
  for (const target of ['*', 'evil.example:443', '', undefined, 'tokens', 'ftp://evil.example/']) expect(originForm(target)).toBeNull();
});

test('a path that is not UTF-8 becomes the address of nothing; its query stays as it is', () => {
  expect(decodable('/users/%')).toBe('/users/%25');
  expect(decodable('/users/%ff?q=%ff')).toBe('/users/%25ff?q=%ff');
  expect(decodable('/users/%C3%A9?q=%')).toBe('/users/%C3%A9?q=%');
});

test('whatever the path, it decodes afterwards', () => {
  const text = fc.stringMatching(/^\/[%0-9a-fA-F/?#.]{0,30}$/);
  fc.assert(fc.property(text, (target) => decodeURIComponent(decodable(target).split(/[?#]/)[0] ?? '') !== undefined));
});
