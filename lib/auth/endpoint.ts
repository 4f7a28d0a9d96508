import 'server-only';
import { NextRequest, NextResponse } from 'next/server';
import NextAuth from 'next-auth';
import { type AuthAnswer, statusOf } from '@/lib/auth/answers';
import { safeCallbackUrl } from '@/lib/auth/callback-url';
import { deviceCookie, readDevice, readSessionId } from '@/lib/auth/cookies';
import { rememberDevice } from '@/lib/auth/device';
import { readAuthForm } from '@/lib/auth/form';
import { authOptions, UNUSED_COOKIE } from '@/lib/auth/options';
import { requestOrigin } from '@/lib/auth/origin';
import { endSession } from '@/lib/auth/sessions';
import { accountOf } from '@/lib/auth/throttle';
import { isErrorCode } from '@/lib/errors';
import { runtime } from '@/lib/runtime';
import { isUnavailable } from '@/lib/unavailable';

type Form = Record<string, string>;

// Of all that next-auth offers, what the console uses. The rest answers as not found: less to misuse.
const routes: Record<string, (form: Form, req: NextRequest) => Promise<Response>> = {
  'GET csrf': async () => ask('csrf'),
  'POST callback/credentials': signInEndpoint,
  'POST signout': signOutEndpoint,
};

/** Answers /api/auth: the CSRF token, signing in, signing out. What is malformed gets a 4xx and reaches neither next-auth nor the database. */
export async function answerAuth(req: NextRequest, path: string[]): Promise<Response> {
  const route = routes[`${req.method} ${path.join('/')}`];
  if (!route) return NextResponse.json({ ok: false, error: { code: 'not_found' } }, { status: 404 });
  const form = req.method === 'POST' ? await readAuthForm(req) : {};
  if (!form) return NextResponse.json({ ok: false, error: { code: 'invalid_input' } }, { status: 400 });
  try {
    return await route(form, req);
  } catch (error) {
    const { requestId } = await requestOrigin();
    runtime().log.error({ err: error, requestId }, 'authentication failed');
    return finish(form, { ok: false, url: '/login', error: { code: isUnavailable(error) ? 'unavailable' : 'unexpected' } });
  }
}

async function signInEndpoint(form: Form): Promise<Response> {
  const before = await readSessionId();
  const answer = await ask('callback/credentials', form);
  const outcome = await outcomeOf(answer, form);
  const response = finish(form, outcome);
  if (!outcome.ok) return response;
  // Whoever signs in where somebody was signed in has ended that session.
  if (before) await endSession(before, await requestOrigin());
  response.cookies.set(deviceCookie(rememberDevice(await readDevice(), accountOf((form.email ?? '').trim()))));
  return withCookies(response, answer);
}

async function signOutEndpoint(form: Form): Promise<Response> {
  const sessionId = await readSessionId();
  const answer = await ask('signout', form);
  const outcome = await outcomeOf(answer, { callbackUrl: '/login' });
  if (!outcome.ok) return finish(form, outcome);
  // Before the cookie goes: if the row cannot be removed, nobody may believe to be signed out.
  if (sessionId) await endSession(sessionId, await requestOrigin());
  return withCookies(finish(form, { ok: true, url: '/login' }), answer);
}

/** Asks next-auth, with a request of our own making: what a client can bend (query, cookies of its own, body) stays outside. */
async function ask(path: string, form?: Form): Promise<Response> {
  const { csrfToken = '', email = '', password = '' } = form ?? {};
  const inner = new NextRequest(new URL(`/api/auth/${path}`, runtime().env.baseUrl), {
    method: form ? 'POST' : 'GET',
    headers: { 'content-type': 'application/json' },
    body: form ? JSON.stringify({ csrfToken, email, password, json: 'true' }) : undefined,
  });
  const answer: Response = await NextAuth(inner, { params: Promise.resolve({ nextauth: path.split('/') }) }, authOptions());
  return form ? answer : withCookies(NextResponse.json(await answer.json()), answer);
}

/** What next-auth's answer means: it speaks in addresses to go to. */
async function outcomeOf(answer: Response, form: Form): Promise<AuthAnswer> {
  const { url } = (await answer.clone().json()) as { url: string };
  const { pathname, searchParams } = new URL(url, runtime().env.baseUrl);
  if (searchParams.has('csrf')) return { ok: false, url: '/login', error: { code: 'cross_site' } };
  if (pathname !== '/api/auth/error') return { ok: true, url: safeCallbackUrl(form.callbackUrl) };
  const [code, minutes] = (searchParams.get('error') ?? '').split(':');
  if (code === 'CredentialsSignin') return { ok: false, url: '/login', error: { code: 'credentials_wrong' } };
  const known = isErrorCode(code) ? code : 'unexpected';
  return { ok: false, url: '/login', error: { code: known, ...(minutes ? { values: { minutes: Number(minutes) } } : {}) } };
}

/** To scripts of the console as JSON; to a plain form as the next page. */
function finish(form: Form, outcome: AuthAnswer): NextResponse {
  const headers: Record<string, string> = { 'cache-control': 'private, no-store' };
  if (form.json !== 'true') {
    const location = outcome.ok ? outcome.url : `${outcome.url}?${new URLSearchParams({ error: outcome.error.code })}`;
    return new NextResponse(null, { status: 303, headers: { ...headers, location } });
  }
  const status = outcome.ok ? 200 : statusOf(outcome.error.code);
  if (status === 429 || status === 503)
    headers['retry-after'] = String(outcome.ok ? 0 : Number(outcome.error.values?.minutes ?? 0) * 60 || 5);
  return NextResponse.json(outcome, { status, headers });
}

function withCookies(response: NextResponse, from: Response): NextResponse {
  for (const cookie of from.headers.getSetCookie())
    if (!cookie.startsWith(`${UNUSED_COOKIE}=`)) response.headers.append('set-cookie', cookie);
  return response;
}
