import 'server-only';
import { randomUUID } from 'node:crypto';
import type { NextAuthOptions } from 'next-auth';
import Credentials from 'next-auth/providers/credentials';
import { safeCallbackUrl } from '@/lib/auth/callback-url';
import { cookieNames, cookieOptions, readDevice, SESSION_AGE } from '@/lib/auth/cookies';
import { requestOrigin } from '@/lib/auth/origin';
import { signIn } from '@/lib/auth/sign-in';
import { AppError } from '@/lib/errors';
import { runtime } from '@/lib/runtime';
import { isUnavailable } from '@/lib/unavailable';

declare module 'next-auth' {
  interface User {
    sessionId: string;
  }
}

declare module 'next-auth/jwt' {
  interface JWT {
    /** The session's row: all that the cookie says. Who that is, and whether it still holds, the row says. */
    sessionId?: string;
  }
}

/**
 * The name of next-auth's callback cookie. We never want one: a malformed value of it would make next-auth answer 500, so nobody may
 * know the name, and lib/auth/endpoint.ts drops it from every answer.
 */
export const UNUSED_COOKIE = `unused-${randomUUID()}`;

let options: NextAuthOptions | undefined;

/** How next-auth signs people in here: made once, from the running process's settings and keys. */
export function authOptions(): NextAuthOptions {
  options ??= make();
  return options;
}

function make(): NextAuthOptions {
  const { env, keys, log } = runtime();
  const names = cookieNames();
  const cookie = (name: string) => ({ name, options: cookieOptions() });
  // Where next-auth believes to be; it has no other way to be told.
  process.env.NEXTAUTH_URL = env.baseUrl;
  return {
    secret: keys.session,
    session: { strategy: 'jwt', maxAge: SESSION_AGE },
    useSecureCookies: cookieOptions().secure,
    cookies: { sessionToken: cookie(names.session), csrfToken: cookie(names.csrf), callbackUrl: cookie(UNUSED_COOKIE) },
    pages: { signIn: '/login', error: '/login' },
    providers: [Credentials({ credentials: { email: {}, password: {} }, authorize })],
    callbacks: {
      redirect: ({ url }) => safeCallbackUrl(url),
      jwt: ({ user, token }) => ({ sessionId: user?.sessionId ?? token.sessionId }),
    },
    logger: {
      error: (code, detail) => log.error({ code, detail }, 'next-auth'),
      warn: (code) => log.warn({ code }, 'next-auth'),
      debug: () => {},
    },
  };
}

/** next-auth's way to us. It tells the endpoint no more than an error's message: the code, and the minutes to wait. */
async function authorize(credentials: Record<'email' | 'password', string> | undefined) {
  const origin = await requestOrigin();
  try {
    const session = await signIn(credentials, origin, await readDevice());
    return session && { id: session.userId, sessionId: session.sessionId };
  } catch (error) {
    if (error instanceof AppError) throw new Error([error.code, error.detail.values?.minutes].filter(Boolean).join(':'));
    runtime().log.error({ err: error, requestId: origin.requestId }, 'sign-in failed');
    throw new Error(isUnavailable(error) ? 'unavailable' : 'unexpected');
  }
}
