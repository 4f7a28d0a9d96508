/** What could hide or reorder the text around it: controls, line breaks, bidirectional and invisible characters. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Text that a stranger sent, with what is hidden in it spelled out as U+000A. */
export function Inert({ text }: { text: string }) {
  const parts = text.split(new RegExp(`(${HIDDEN.source})`, HIDDEN.flags));
  return (
    <bdi>
      {parts.map((part, place) =>
        place % 2 === 0 ? (
          part
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text, which never changes
          <span key={place} className="mx-px rounded-sm bg-caution-soft px-0.5 text-caution text-xs">
            {codePoint(part)}
          </span>
        ),
      )}
    </bdi>
  );
}

/** JSON of `value` in which no character hides: the same to a reader, to a parser and on the clipboard. */
export function inertJson(value: unknown): string {
  const escaped = (character: string) =>
    Array.from({ length: character.length }, (_, unit) => `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`).join('');
  return JSON.stringify(value, null, 2).replaceAll(HIDDEN, (character) => (character === '\n' ? character : escaped(character)));
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
