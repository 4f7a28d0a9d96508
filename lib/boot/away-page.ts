import type { Locale } from '@/lib/i18n/locales';
import en from '@/lib/i18n/messages/en/fatal.json';
import nl from '@/lib/i18n/messages/nl/fatal.json';
import zh from '@/lib/i18n/messages/zh-CN/fatal.json';

const words = { en, nl, 'zh-CN': zh };

// The colours of app/globals.css: a page that needs neither Next nor the files of the build.
const STYLE = `
:root { color-scheme: light dark }
body { margin: 0; min-height: 100dvh; display: grid; place-content: center; justify-items: center; gap: 8px; padding: 24px; box-sizing: border-box;
  background: light-dark(oklch(0.985 0.003 85), oklch(0.168 0.004 75)); color: light-dark(oklch(0.215 0.008 75), oklch(0.945 0.004 85));
  font: 14px/20px ui-sans-serif, system-ui, sans-serif; text-align: center; text-wrap: balance }
svg { width: 28px; stroke: light-dark(oklch(0.48 0.095 76), oklch(0.82 0.11 86)); margin-bottom: 8px }
h1 { margin: 0; font-size: 16px; line-height: 24px; font-weight: 500 }
p { margin: 0; max-width: 52ch; color: light-dark(oklch(0.45 0.01 75), oklch(0.735 0.008 80)) }
a { margin-top: 12px; padding: 6px 14px; border-radius: 6px; font-weight: 500; text-decoration: none;
  background: light-dark(oklch(0.5 0.098 77), oklch(0.8 0.115 86)); color: light-dark(oklch(0.99 0.008 90), oklch(0.21 0.03 80)) }
a:focus-visible { outline: 2px solid light-dark(oklch(0.57 0.115 77), oklch(0.8 0.115 86)); outline-offset: 2px }`;

/** The page that stands in for every other one while the database is away. */
export function awayPage(locale: Locale): string {
  const { away, tryAgain } = words[locale];
  // The link without an address leads to the address that was asked for.
  return `<!doctype html>
<html lang="${locale}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<title>${away.title}</title>
<style>${STYLE}</style>
<main style="display: contents">
<svg viewBox="0 0 24 24" fill="none" stroke-width="2.25" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><circle cx="6.5" cy="10" r="4"/><path d="M10.5 10H21"/><path d="m13 15.2 2.6 2.8L21 10"/></svg>
<h1>${away.title}</h1>
<p>${away.body}</p>
<a href="">${tryAgain}</a>
</main>
</html>
`;
}
