/** Keeps a preference of this browser for a year, in a cookie that the server reads by the same name (lib/auth/cookies.ts). */
export function keepPreference(name: string, value: string): void {
  const isSecure = location.protocol === 'https:';
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing over plain HTTP
  document.cookie = `${isSecure ? '__Host-' : ''}${name}=${value}; path=/; max-age=31536000; samesite=lax${isSecure ? '; secure' : ''}`;
}
