/** What ends one text of a list field. */
export const SEPARATORS = /[\s,;]+/;

/** What a form says of a list field: every text once, also one that was not ended. */
export function readList(fields: FormData, name: string): string[] {
  const texts = fields.getAll(name).flatMap((value) => String(value).split(SEPARATORS));
  return [...new Set(texts.filter(Boolean))];
}
