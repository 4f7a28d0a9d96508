import { z } from 'zod';

// The separators break a line as controls do.
const CONTROL = /[\p{Cc}\u2028\u2029]/u;
const LONE_SURROGATE = /\p{Cs}/u;
const BIDI_CONTROL = /\p{Bidi_Control}/u;
// Separators, format characters, other default-ignorables (Hangul fillers, variation selectors) and the braille blank.
const INVISIBLE = /[\p{Z}\p{C}\p{Default_Ignorable_Code_Point}\u2800]/gu;

/**
 * One line of text that people read as a name: trimmed, NFC, 1 to `most` code points, nothing that hides or reorders
 * what is written. The messages are rule names (lib/errors.ts).
 */
export function line(most: number) {
  return z
    .string()
    .max(most * 40, 'too_long') // before normalising: a megabyte of text is refused without being worked on
    .transform((text) => text.trim().normalize('NFC'))
    .superRefine((text, ctx) => {
      const rule = brokenRule(text, most);
      if (rule) ctx.addIssue({ code: 'custom', message: rule });
    });
}

/** Free text of several lines, possibly empty: like `line`, but with line breaks and tabs. */
export function paragraph(most: number) {
  return z
    .string()
    .max(most * 40, 'too_long')
    .transform((text) => text.trim().normalize('NFC').replaceAll('\r\n', '\n'))
    .superRefine((text, ctx) => {
      const rule = text === '' ? undefined : brokenRule(text.replaceAll(/[\n\t]/g, ' '), most);
      if (rule) ctx.addIssue({ code: 'custom', message: rule });
    });
}

function brokenRule(text: string, most: number): string | undefined {
  if (text === '') return 'required';
  if (LONE_SURROGATE.test(text) || CONTROL.test(text) || BIDI_CONTROL.test(text)) return 'forbidden_characters';
  if (text.replaceAll(INVISIBLE, '') === '') return 'only_invisible';
  if ([...text].length > most) return 'too_long';
  return undefined;
}

/**
 * What people typed into a search box, for Prisma's `contains`: NFC, without what PostgreSQL's text cannot hold, and with LIKE's wildcards,
 * which Prisma does not escape, meant literally. Empty when nothing is searched for.
 */
export function searchPattern(text: string): string {
  return text
    .normalize('NFC')
    .replaceAll(/[\p{Cs}\0]/gu, '')
    .trim()
    .replaceAll(/[\\%_]/g, '\\$&');
}

/** What makes two names or addresses the same: NFC and lower case. */
export function foldKey(text: string): string {
  return text.normalize('NFC').toLowerCase().normalize('NFC');
}
