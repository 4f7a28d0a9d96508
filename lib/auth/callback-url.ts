// Parsed against an origin that nobody has: whatever leaves it was no path on this site.
const HERE = 'http://console.invalid';

/**
 * Where to go after signing in: `wanted` if it is a path on this site, else the start page. Refuses absolute and scheme-relative
 * addresses, backslashes (browsers read them as slashes), control characters (browsers drop them) and the sign-in pages themselves.
 */
export function safeCallbackUrl(wanted: unknown): string {
  if (typeof wanted !== 'string' || wanted.length > 2000) return '/';
  if (!wanted.startsWith('/') || wanted.startsWith('//') || /[\\\p{Cc}\p{Cs}]/u.test(wanted) || !URL.canParse(wanted, HERE)) return '/';
  const url = new URL(wanted, HERE);
  // "/.//elsewhere" is a path whose normal form begins with two slashes.
  if (url.origin !== HERE || url.pathname.startsWith('//') || /^\/(login|setup|set-password|api)(\/|$)/.test(url.pathname)) return '/';
  return url.pathname + url.search + url.hash;
}
