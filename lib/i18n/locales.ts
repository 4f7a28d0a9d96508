/** The languages of the console; the first is what nobody's wish leads to. */
export const locales = ['en', 'zh-CN', 'nl'] as const;

export type Locale = (typeof locales)[number];

/** Whether `text` is one of `locales`. */
export function isLocale(text: unknown): text is Locale {
  return locales.includes(text as Locale);
}

/**
 * The language of ours that an Accept-Language header (RFC 9110, 12.5.4) wants most, by quality, then by place;
 * `en` when it wants none. Regions do not matter: `nl-BE` gets `nl`, `zh-TW` gets `zh-CN`.
 */
export function negotiateLocale(header: string | null): Locale {
  const ranges = (header ?? '').slice(0, 1000).split(',').map(parseRange);
  const wanted = ranges.filter(({ quality }) => quality > 0).toSorted((a, b) => b.quality - a.quality);
  for (const { language } of wanted) {
    const match = locales.find((locale) => locale.split('-')[0] === language);
    if (match) return match;
  }
  return locales[0];
}

function parseRange(range: string): { language: string; quality: number } {
  const [tag = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
  return { language: tag.split('-')[0] ?? '', quality: Number(quality) || 0 };
}
