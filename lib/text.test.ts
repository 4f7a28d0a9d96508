import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldKey, line, paragraph } from '@/lib/text';

const name = line(80);

function ruleOf(schema: typeof name, text: unknown): string | undefined {
  return schema.safeParse(text).error?.issues[0]?.message;
}

describe('one line', () => {
  test.each([
    ['CI', 'CI'],
    ['  trimmed\t\n', 'trimmed'],
    ['\u00a0wide space\u3000', 'wide space'],
    ['Cafe\u0301', 'Café'],
    ['部署令牌', '部署令牌'],
    ['👩‍👩‍👧 family', '👩‍👩‍👧 family'],
    ['می‌خواهم', 'می‌خواهم'],
    ['x'.repeat(80), 'x'.repeat(80)],
    ['😀'.repeat(80), '😀'.repeat(80)],
    [`${' '.repeat(100)}a`, 'a'],
  ])('takes %j', (text, taken) => {
    expect(name.parse(text)).toBe(taken);
  });

  test.each([
    ['', 'required'],
    ['   ', 'required'],
    ['\u3000\u00a0', 'required'],
    ['a\0b', 'forbidden_characters'],
    ['a\nb', 'forbidden_characters'],
    ['a\tb', 'forbidden_characters'],
    ['a\u007fb', 'forbidden_characters'],
    ['a\u0085b', 'forbidden_characters'],
    ['a\ud800b', 'forbidden_characters'],
    ['\udc00', 'forbidden_characters'],
    ['a\u2028b', 'forbidden_characters'],
    ['a\u2029b', 'forbidden_characters'],
    ['abc\u202egpj.exe', 'forbidden_characters'],
    ['a\u2066b\u2069', 'forbidden_characters'],
    ['a\u200eb', 'forbidden_characters'],
    ['a\u061cb', 'forbidden_characters'],
    ['\u200b\u200b', 'only_invisible'],
    ['\u2060', 'only_invisible'],
    ['\u00ad', 'only_invisible'],
    ['\u3164', 'only_invisible'],
    ['\uffa0 \u115f', 'only_invisible'],
    ['\u2800', 'only_invisible'],
    ['\ufe0f', 'only_invisible'],
    ['\u{e0041}', 'only_invisible'],
    ['x'.repeat(81), 'too_long'],
    ['😀'.repeat(81), 'too_long'],
    ['x'.repeat(1_000_000), 'too_long'],
  ])('refuses %j: %s', (text, rule) => {
    expect(ruleOf(name, text)).toBe(rule);
  });

  test.each([undefined, null, 7, {}, ['a']])('refuses %j, which is no text', (value) => {
    expect(name.safeParse(value).success).toBe(false);
  });

  test('a megabyte of combining marks is refused without being worked on', () => {
    const start = performance.now();
    expect(ruleOf(name, '\u0316\u0301'.repeat(500_000))).toBe('too_long');
    expect(performance.now() - start).toBeLessThan(50);
  });

  test('whatever is given, what is taken is NFC, trimmed, visible, without controls, and taken again unchanged', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 120 }), (text) => {
        const parsed = name.safeParse(text);
        if (!parsed.success) return;
        const taken = parsed.data;
        expect(taken).toBe(taken.normalize('NFC').trim());
        expect([...taken].length).toBeGreaterThan(0);
        expect([...taken].length).toBeLessThanOrEqual(80);
        expect(taken).not.toMatch(/[\p{Cc}\p{Cs}\p{Bidi_Control}]/u);
        expect(name.parse(taken)).toBe(taken);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('several lines', () => {
  const text = paragraph(10);

  test.each([
    ['', ''],
    ['  ', ''],
    ['a\r\nb', 'a\nb'],
    ['a\tb\nc', 'a\tb\nc'],
    ['\u200b', undefined],
    ['a\rb', undefined],
    ['a\0', undefined],
    ['a\u202eb', undefined],
    ['\n\n\u200b\n', undefined],
    ['12345678901', undefined],
    ['1234567890', '1234567890'],
  ])('%j becomes %j', (given, taken) => {
    expect(text.safeParse(given).data).toBe(taken);
  });
});

describe('the key of a name', () => {
  test.each([
    ['CI', 'ci'],
    ['École', 'e\u0301cole'],
    ['ÀÉ', 'àé'],
    ['\u1e9e', 'ß'],
  ])('%j and %j are the same', (a, b) => {
    expect(foldKey(a)).toBe(foldKey(b));
  });

  test('folding again changes nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(foldKey(foldKey(text))).toBe(foldKey(text));
      }),
      { numRuns: 5000 },
    );
  });
});
