/** What could hide or reorder the text around it: controls, line breaks, bidirectional and invisible characters. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

// Nearly all that is ever sent.
const PLAIN = /^[ -~]*$/;

/** A text that a stranger sent, in parts: at even places what is plain to see, at odd ones each hidden character as "U+000A". */
export function inertParts(text: string): string[] {
  const parts = text.split(new RegExp(`(${HIDDEN.source})`, HIDDEN.flags));
  return parts.map((part, place) => (place % 2 === 0 ? part : codePoint(part)));
}

/** The same on one line, for where there is nothing but text: "[U+000A]". */
export function inertText(text: string): string {
  return PLAIN.test(text) ? text : text.replaceAll(HIDDEN, (character) => `[${codePoint(character)}]`);
}

/** JSON of `value` in which no character hides: the same to a reader, to a parser and on the clipboard. */
export function inertJson(value: unknown, indent?: number): string {
  const escaped = (character: string) =>
    Array.from({ length: character.length }, (_, unit) => `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`).join('');
  // The only line breaks are those of the indentation: JSON escapes the others itself.
  const json = JSON.stringify(value, null, indent);
  return PLAIN.test(json) ? json : json.replaceAll(HIDDEN, (character) => (character === '\n' ? character : escaped(character)));
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
