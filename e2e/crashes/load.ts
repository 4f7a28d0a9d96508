import { Agent } from 'node:http';
import { expect } from '@playwright/test';
import { Console } from '../support/console';
import { verify } from '../support/http';
import { FIRST_ADMIN } from '../support/people';
import type { Ledger } from './ledger';

const WORKERS = 6;
/** What an action says when it does not know whether it was done. */
const UNCERTAIN = new Set<string>(['unavailable', 'unexpected', 'no_answer']);

type IssuedToken = { id: string; secret: string };

export type Load = { stop: () => Promise<void> };

let names = 0;

/** People who generate, use, rename, regenerate and delete tokens all the time, and note in `ledger` what they were told. */
export async function putUnderLoad(url: string, ledger: Ledger): Promise<Load> {
  const agent = new Agent({ keepAlive: true });
  const person = new Console(url, agent);
  // After a crash on a busy machine the database may still be slow enough to be called away.
  await expect(() => person.signIn(FIRST_ADMIN)).toPass({ timeout: 30_000 });
  let stopped = false;
  const work = Array.from({ length: WORKERS }, async () => {
    while (!stopped) await liveOnce(person, agent, ledger).catch(() => undefined);
  });
  return {
    async stop() {
      stopped = true;
      await Promise.all(work);
      agent.destroy();
    },
  };
}

/** One token from its generation to its end. Whatever throws on the way was not acknowledged: that is where its story stops. */
async function liveOnce(person: Console, agent: Agent, ledger: Ledger): Promise<void> {
  const name = `load ${++names}`;
  const life = ledger.begin(name);
  const operate = async <T>(event: string, action: string, input: unknown): Promise<T> => {
    life.uncertain = event;
    const result = await person.act<T>(action, '/tokens', input);
    if (!result.ok) {
      // The database was away: refused, and so nothing may have happened. But a commit whose answer was lost may have.
      if (UNCERTAIN.has(result.error.code)) throw new Error(result.error.code);
      ledger.broken.push(`${action} of ${name}: ${result.error.code}`);
      throw new Error(result.error.code);
    }
    life.acknowledged.push(event);
    life.uncertain = undefined;
    return result.data;
  };
  const use = async (secret: string, expected: 200 | 401) => {
    const { status, headers } = await verify(person.url, secret, agent);
    if (status === 200) ledger.passed.push(String(headers['x-request-id']));
    if (status !== expected && status !== 503) ledger.broken.push(`${name}: ${status} where ${expected} was due`);
  };

  const never = { kind: 'never' };
  const first = await operate<IssuedToken>('token.created', 'createTokenAction', { name, description: '', expiration: never });
  const { id } = first;
  for (let i = 0; i < 5; i++) await use(first.secret, 200);
  await operate('token.renamed', 'renameTokenAction', { id, name: `${name}, renamed` });
  const second = await operate<IssuedToken>('token.regenerated', 'regenerateTokenAction', { id, generation: 1 });
  await Promise.all([use(first.secret, 401), ...Array.from({ length: 5 }, () => use(second.secret, 200))]);
  await operate('token.expiry_changed', 'changeExpirationAction', { id, expiration: { kind: 'days', days: 7 } });
  if (names % 2 === 0) return;
  await operate('token.deleted', 'deleteTokenAction', { id, confirmName: `${name}, renamed` });
  await use(second.secret, 401);
}
