import { Agent } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import * as DPoP from 'dpop';
import { exportJWK } from 'jose';
import { Client } from 'pg';
import { Console } from '../support/console';
import { databaseUrl } from '../support/database';
import { freezeDatabase } from '../support/freeze';
import { send } from '../support/http';
import { FIRST_ADMIN } from '../support/people';
import { expect, test } from '../support/test';

const ADMIN = { ADMIN_EMAIL: FIRST_ADMIN.email, ADMIN_PASSWORD: FIRST_ADMIN.password };
/** A long run: see CONTRIBUTING.md. */
const AWAY = Number(process.env.AWAY_SECONDS ?? 4) * 1000;
const CALLERS = 8;
const ANSWERED_WITHIN = 2000;
const BACK_WITHIN = 5000;
/** What was under way when the database stopped may still be told. */
const UNDERWAY = 100;
/** In buffered mode: how long the database’s word holds (docs/settings.md). */
const CONFIRMED = 500;

const LIMITED = { limit: { requests: 1_000_000, windowSeconds: 60 } };
const KINDS = {
  plain: {},
  limited: LIMITED,
  quota: { quota: { requests: 1_000_000, period: 'day' } },
  bound: {},
};
type Kind = keyof typeof KINDS;
type Call = { kind: Kind; status: number; retryAfter: string | undefined; id: string; sentAt: number; answeredAt: number };

/** Callers of one token of each kind, all the time, who note each answer. */
async function putUnderLoad(url: string) {
  const person = new Console(url);
  await person.signIn(FIRST_ADMIN);
  const keys = await DPoP.generateKeyPair('ES256', { extractable: true });
  const secrets = {} as Record<Kind, string>;
  for (const [kind, fields] of Object.entries(KINDS)) {
    const input = { name: kind, description: '', expiration: { kind: 'never' }, ...fields };
    const created = await person.act<{ id: string; secret: string }>('createTokenAction', '/tokens', input);
    if (!created.ok) throw new Error(created.error.code);
    secrets[kind as Kind] = created.data.secret;
    if (kind !== 'bound') continue;
    const bound = await person.act('bindTokenAction', '/tokens', {
      id: created.data.id,
      publicKey: await exportJWK(keys.publicKey),
      from: null,
    });
    if (!bound.ok) throw new Error(bound.error.code);
  }
  const headersOf = async (kind: Kind): Promise<Record<string, string>> => {
    if (kind !== 'bound') return { 'x-api-key': secrets[kind] };
    const proof = await DPoP.generateProof(keys, `${url}/verify`, 'GET', undefined, secrets.bound);
    return { authorization: `DPoP ${secrets.bound}`, dpop: proof };
  };

  const calls: Call[] = [];
  let stopped = false;
  const agent = new Agent({ keepAlive: true });
  const callers = Array.from({ length: CALLERS * Object.keys(KINDS).length }, async (_, n) => {
    const kind = Object.keys(KINDS)[n % Object.keys(KINDS).length] as Kind;
    while (!stopped) {
      const headers = await headersOf(kind);
      const sentAt = performance.now();
      const { status, headers: told } = await send(url, '/verify', { headers, agent });
      const answeredAt = performance.now();
      calls.push({ kind, status, retryAfter: told['retry-after'], id: String(told['x-request-id']), sentAt, answeredAt });
      // As clients do that were told to come later, only sooner.
      if (status !== 200) await pause(50);
    }
  });
  return {
    calls,
    async stop() {
      stopped = true;
      await Promise.all(callers);
      agent.destroy();
    },
  };
}

/** The ids of those that are in the log once. */
async function storedOf(dataDir: string, ids: string[]): Promise<string[]> {
  const client = new Client({ connectionString: await databaseUrl(dataDir) });
  await client.connect();
  const query = `SELECT id FROM audit_event WHERE event = 'token.used' AND id = ANY($1) GROUP BY id HAVING count(*) = 1`;
  const { rows } = await client.query<{ id: string }>(query, [ids]).finally(() => client.end());
  return rows.map(({ id }) => id);
}

for (const { mode, workers, lasts } of [
  { mode: 'strict', workers: '1', lasts: UNDERWAY },
  { mode: 'buffered', workers: '2', lasts: CONFIRMED + UNDERWAY },
]) {
  test(`/verify, ${mode}, while the database hangs for ${AWAY / 1000} s under load: 503 within 2 s, nothing passes unrecorded, back within 5 s`, async ({
    ownServer,
  }) => {
    test.setTimeout(120_000 + AWAY);
    const { url, dataDir } = await ownServer({ ...ADMIN, ACCESS_LOG: mode, WORKERS: workers });
    const load = await putUnderLoad(url);
    const { calls } = load;
    const kinds = Object.keys(KINDS) as Kind[];
    const passedSince = (moment: number, kind: Kind) =>
      calls.filter((call) => call.kind === kind && call.status === 200 && call.sentAt > moment).length;
    await expect.poll(() => Math.min(...kinds.map((kind) => passedSince(0, kind))), { timeout: 30_000 }).toBeGreaterThan(200);

    const thaw = await freezeDatabase(dataDir);
    const frozenAt = performance.now();
    await pause(AWAY);
    const thawedAt = performance.now();
    thaw();
    await expect
      .poll(() => Math.min(...kinds.map((kind) => passedSince(thawedAt, kind))), { timeout: 30_000, intervals: [50] })
      .toBeGreaterThan(50);
    await load.stop();

    const during = calls.filter(({ answeredAt }) => answeredAt > frozenAt + lasts && answeredAt < thawedAt);
    const slowest = Math.max(...calls.map(({ sentAt, answeredAt }) => answeredAt - sentAt));
    const backAfter = (kind: Kind) => {
      const of = calls.filter((call) => call.kind === kind && call.answeredAt > thawedAt);
      const lastRefused = of.filter(({ status }) => status !== 200).at(-1);
      const first = of.find(({ status, sentAt }) => status === 200 && sentAt >= (lastRefused?.sentAt ?? 0));
      return Math.max(lastRefused?.answeredAt ?? 0, first?.answeredAt ?? Number.POSITIVE_INFINITY) - thawedAt;
    };
    console.table(
      kinds.map((kind) => {
        const of = calls.filter((call) => call.kind === kind);
        const waits = of.map(({ sentAt, answeredAt }) => Math.round(answeredAt - sentAt));
        const away = during.filter((call) => call.kind === kind);
        return {
          token: `${mode}, ${kind}`,
          answers: of.length,
          'while away': away.length,
          'of them 503': away.filter(({ status }) => status === 503).length,
          'slowest ms': Math.max(...waits),
          'normal again after ms': Math.round(backAfter(kind)),
        };
      }),
    );
    for (const kind of kinds) {
      expect(during.filter((call) => call.kind === kind).length).toBeGreaterThan(0);
      expect(backAfter(kind)).toBeLessThan(BACK_WITHIN);
    }
    expect(slowest).toBeLessThan(ANSWERED_WITHIN);
    expect(during.filter(({ status, retryAfter }) => status !== 503 || retryAfter === undefined)).toEqual([]);
    // Of one that says neither, nothing is known.
    expect(new Set(calls.map(({ status }) => status))).toEqual(new Set([200, 503]));
    const passed = calls.filter(({ status }) => status === 200).map(({ id }) => id);
    await expect.poll(async () => (await storedOf(dataDir, passed)).length, { timeout: 15_000 }).toBe(passed.length);
  });
}
