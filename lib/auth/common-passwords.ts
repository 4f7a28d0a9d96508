import { AppError } from '@/lib/errors';

const RUNS = [
  '0123456789',
  'abcdefghijklmnopqrstuvwxyz',
  'qwertyuiopasdfghjklzxcvbnm',
  'azertyuiopqsdfghjklmwxcvbn',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm',
];
// What people put around a word to make it long enough: up to this many digits and signs do not make a common word uncommon.
const DECORATION = 8;
const LOOKALIKES: Record<string, string> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '8': 'b',
  '@': 'a',
  $: 's',
  '!': 'i',
};

let list: Set<string> | undefined;

// 49,000 passwords, read at first use: most processes that start never need them.
async function commonest(): Promise<Set<string>> {
  list ??= new Set((await import('@zxcvbn-ts/language-common')).dictionary['passwords-common']);
  return list;
}

/**
 * Refuses `password_common` (beside `field`) for what attackers try first: the commonest passwords, also decorated, repeated or
 * with lookalike signs; runs of the keyboard; and what can be read off the account (`personal`: name, e-mail) or the product.
 */
export async function refuseCommonPassword(password: string, personal: string[], field: string): Promise<void> {
  if (await isCommon(password, personal)) throw new AppError('password_common', { field });
}

async function isCommon(password: string, personal: string[]): Promise<boolean> {
  const common = await commonest();
  const own = new Set(['latchkey', ...personal.flatMap(wordsOf)]);
  const known = (text: string) => common.has(text) || own.has(text) || isRun(text);
  const folded = password.normalize('NFKC').toLowerCase();
  return [folded, ...stems(folded)].some((form) => known(form) || repeats(form, known));
}

/** The word inside the decoration, plainly and with its lookalike signs read as letters. */
function stems(text: string): string[] {
  const plain = text.replace(/^[^\p{L}]+/u, '').replace(/[^\p{L}]+$/u, '');
  const forms = [plain, asLetters(plain), asLetters(text), plain.replaceAll(/[^\p{L}\p{N}]/gu, ''), text.replaceAll(/[^\p{L}\p{N}]/gu, '')];
  return forms.filter((stem) => stem !== '' && text.length - stem.length <= DECORATION);
}

function asLetters(text: string): string {
  return [...text].map((char) => LOOKALIKES[char] ?? char).join('');
}

/** Whether it is something short, or something known, again and again. */
function repeats(text: string, known: (unit: string) => boolean): boolean {
  const period = `${text}${text}`.indexOf(text, 1);
  return period < text.length && (period <= 6 || known(text.slice(0, period)));
}

function isRun(text: string): boolean {
  return RUNS.some((run) => `${run}${run}${run}`.includes(text) || [...`${run}${run}${run}`].reverse().join('').includes(text));
}

function wordsOf(text: string): string[] {
  const folded = text.normalize('NFKC').toLowerCase();
  return [folded, folded.replaceAll(/\s/g, ''), ...folded.split(/[\s@.]+/)].filter((word) => word.length > 3);
}
