import { randomBytes } from 'node:crypto';
import { type APIRequestContext, expect } from '@playwright/test';
import { db } from '@/lib/db';
import type { Actor, Role } from '@/lib/permissions/permissions';
import { addUser } from '@/lib/users/commands';
import { setPassword } from '@/lib/users/links';

/** The administrator with whom a server of the tests begins. */
export const FIRST_ADMIN = { email: 'first@example.org', password: 'harbour-violet-anvil-42' };

export const PASSWORD = 'sieve-otter-plum-71';

export type Person = { id: string; name: string; email: string; password: string; role: Role };

const origin = { ip: '192.0.2.1', userAgent: 'e2e', requestId: null };

/** A new user with a name nobody else has, by the commands behind "Add user" and the one-time link. */
export async function addPerson(role: Role): Promise<Person> {
  const mark = randomBytes(4).toString('hex');
  const name = `${role} ${mark}`;
  const email = `${role}-${mark}@example.org`;
  const { id, link } = await addUser(await firstAdmin(), { name, email, role });
  await setPassword(origin, { code: new URL(link).searchParams.get('code') ?? '', password: PASSWORD });
  return { id, name, email, password: PASSWORD, role };
}

/** Signs in as the page does, and leaves the cookies in the browser behind `request`. */
export async function signInOver(request: APIRequestContext, url: string, { email, password }: { email: string; password: string }) {
  const { csrfToken } = await (await request.get(`${url}/api/auth/csrf`)).json();
  const answer = await request.post(`${url}/api/auth/callback/credentials`, {
    headers: { origin: url },
    form: { csrfToken, email, password, json: 'true' },
  });
  expect(await answer.json()).toMatchObject({ ok: true });
}

/** Somebody as the commands of `lib` want to know them. */
export function actorOf({ id, name, email, role }: Omit<Person, 'password'>): Actor {
  return { userId: id, sessionId: id, role, name, email, timeZone: null, theme: 'system', locale: null, origin };
}

async function firstAdmin(): Promise<Actor> {
  const { id, name } = await db().user.findUniqueOrThrow({ where: { emailKey: FIRST_ADMIN.email } });
  return actorOf({ id, name, email: FIRST_ADMIN.email, role: 'admin' });
}
