/** Of everybody in the benchmarks' database. */
export const BENCH_PASSWORD = 'benchmarks need no imagination';

/** Signs in as a browser does; gives its cookies. */
export async function signIn(url: string, email: string): Promise<string> {
  const csrf = await fetch(`${url}/api/auth/csrf`);
  const { csrfToken } = (await csrf.json()) as { csrfToken: string };
  const jar = cookiesOf(csrf);
  const answer = await fetch(`${url}/api/auth/callback/credentials`, {
    method: 'POST',
    headers: { cookie: jar, origin: url },
    body: new URLSearchParams({ csrfToken, email, password: BENCH_PASSWORD, json: 'true' }),
  });
  if (!answer.ok) throw new Error(`sign-in answered ${answer.status}`);
  return `${jar}; ${cookiesOf(answer)}`;
}

function cookiesOf(answer: Response): string {
  return answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';', 1)[0])
    .join('; ');
}
