import { expect, test } from 'vitest';
import { negotiateLocale } from '@/lib/i18n/locales';

test.each([
  [null, 'en'],
  ['', 'en'],
  ['nl-BE,nl;q=0.9,en;q=0.8', 'nl'],
  ['en;q=0.5, zh-Hans-CN;q=0.9, nl;q=0.7', 'zh-CN'],
  ['ZH-tw', 'zh-CN'],
  ['fr-FR,fr;q=0.9', 'en'],
  ['fr, nl;q=0.1', 'nl'],
  ['nl;q=0, zh;q=0.1', 'zh-CN'],
  ['nl;q=abc, *;q=1', 'en'],
  [`${'x,'.repeat(5000)}nl`, 'en'],
])('Accept-Language "%s" gets %s', (header, locale) => {
  expect(negotiateLocale(header)).toBe(locale);
});
