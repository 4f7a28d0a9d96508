import type { AuthAnswer } from '@/lib/auth/answers';

/** Signs in from a page of the console; `url` of the answer is where to go. */
export function signInFromPage(form: { email: string; password: string; callbackUrl: string }): Promise<AuthAnswer> {
  return post('callback/credentials', form);
}

/** Signs out from a page of the console. Only when the answer says `ok` is the session gone. */
export function signOutFromPage(): Promise<AuthAnswer> {
  return post('signout', {});
}

async function post(path: string, form: Record<string, string>): Promise<AuthAnswer> {
  try {
    const { csrfToken } = await (await fetch('/api/auth/csrf', { cache: 'no-store' })).json();
    // Without one there is no sense in asking: it would be refused as if it came from elsewhere.
    if (!csrfToken) throw new Error('no CSRF token');
    const body = new URLSearchParams({ ...form, csrfToken, json: 'true' });
    return await (await fetch(`/api/auth/${path}`, { method: 'POST', body })).json();
  } catch {
    // No connection, no database, or an answer that is not the console's: a proxy's error page.
    return { ok: false, url: '/login', error: { code: 'unavailable' } };
  }
}
