import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Pool } from 'pg';
import { AccessLog } from '@/lib/gate/access-log';
import { answerAllowed, answerLimited, answerRefused, answerUnauthenticated, answerUnavailable } from '@/lib/gate/answers';
import { OverloadError } from '@/lib/gate/batcher';
import { DatabaseClock } from '@/lib/gate/clock';
import { type Decision, decide, endOf, faultOf, type Grant, type Wish } from '@/lib/gate/decide';
import { GrantCache } from '@/lib/gate/grant-cache';
import { type Limits, LocalLimits } from '@/lib/gate/limits';
import { createLookUp, createVersionCheck, type Found } from '@/lib/gate/look-up';
import { GateMetrics, type Verdict } from '@/lib/gate/metrics';
import { type Possession, readPossession, type SeenProofs } from '@/lib/gate/possession';
import { Quotas } from '@/lib/gate/quotas';
import { RedisAwayError } from '@/lib/gate/redis';
import { readVerifyRequest, scopesText, type VerifyRequest } from '@/lib/gate/request';
import { storedProofs } from '@/lib/gate/seen-proofs';
import { type Spending, spendOnce } from '@/lib/gate/spending';
import { newId } from '@/lib/id';
import type { Runtime } from '@/lib/runtime';
import { digestSecret, isWellFormed } from '@/lib/tokens/secret';
import { isUnavailable } from '@/lib/unavailable';

// In buffered mode: how long the database's word holds, in milliseconds. Each insert renews it, so it is older only where nothing
// is stored, or the database does not answer; then the next request waits for its word.
const CONFIRMED_WITHIN = 500;
// Where grants change faster than one is looked up and stored, the last look-up counts; a token's own end counts always.
const MOST_LOOK_UPS = 3;

/** The gate: answers requests to /verify. */
export type Gate = {
  handle: (req: IncomingMessage, res: ServerResponse) => void;
  /**
   * For what this server itself gives to tokens: verifies and records as `handle` does, with `scope` wanted instead of what the request says, and
   * refuses alike. What may pass is handed to `serve`, which answers.
   */
  admit: (req: IncomingMessage, res: ServerResponse, scope: string, serve: (grant: Grant) => void) => void;
  /** Resolves when everything that was answered is stored. */
  drained: () => Promise<void>;
  /** Told of a change that this process made: from now on only what the database says after it counts. */
  doubt: () => void;
  /** Told of a version of all grants that the database has reached: from now on nobody passes by what was found at an older one. */
  heed: (version: number) => void;
  /** What the gate counts about itself. */
  metrics: GateMetrics;
};

/** Where several instances count together. */
type Shared = { limits?: Limits | undefined; proofs?: ((stored: SeenProofs) => SeenProofs) | undefined };

/** Builds the gate over `pool`. Without `shared`, limits are counted in this process, and shown proofs kept in the database. */
export function createGate({ env, keys, log }: Runtime, pool: Pool, shared: Shared = {}): Gate {
  const limits = shared.limits ?? new LocalLimits();
  const stored = storedProofs(pool, log);
  const seen = shared.proofs?.(stored) ?? stored;
  const quotas = new Quotas(pool);
  const lookUp = createLookUp(pool);
  const askVersion = createVersionCheck(pool);
  const cache = new GrantCache();
  const clock = new DatabaseClock();
  const metrics = new GateMetrics({ queued: () => accessLog.queued, cached: () => cache.size });
  const accessLog = new AccessLog(pool, log, ({ version, now, askedAt }, stored) => {
    metrics.stored(stored);
    cache.see(version, askedAt);
    clock.set(now, askedAt);
  });

  /** While the database is away every request fails alike: said once a second, not once a request. */
  let complainedAt = Number.NEGATIVE_INFINITY;
  function complain(error: Error): void {
    if (performance.now() - complainedAt < 1000) return;
    complainedAt = performance.now();
    const store = error instanceof RedisAwayError ? 'Redis' : 'the database';
    log.warn({ reason: error.message, code: (error as { code?: string }).code }, `no decision: ${store} does not answer`);
  }

  async function confirm(version: number): Promise<boolean> {
    const current = await askVersion();
    cache.see(current.version, current.askedAt);
    clock.set(current.now, current.askedAt);
    return current.version === version;
  }

  async function verify(req: IncomingMessage, res: ServerResponse, own?: Own): Promise<Verdict> {
    const request = own ? { ...readVerifyRequest(req, env), ...own.request } : readVerifyRequest(req, env);
    const allow = own ? (_: unknown, grant: Grant) => own.serve(grant) : answerAllowed;
    const { credential } = request;
    if (credential.kind === 'none') {
      answerUnauthenticated(res);
      return 'no_credential';
    }
    if (credential.kind === 'invalid_request' || !isWellFormed(credential.secret, env.tokenPrefix)) {
      return refuse({ res, request }, { allowed: false, grant: null, reason: 'malformed' }, clock.now());
    }
    const digest = digestSecret(credential.secret, keys).digest.toString('hex');
    const possession = readPossession(credential, request.target, seen);
    const spend = spendOnce(limits, quotas);
    const asked: Asked = { res, request, possession, spend, allow };

    const known = cache.get(digest);
    const verdict = known && (await judge(asked, known, clock.now(), 0));
    metrics.lookedUp(verdict !== undefined);
    if (verdict) return verdict;
    for (let lookUps = 1; ; lookUps++) {
      const found = await lookUp(digest);
      clock.set(found.now, found.askedAt);
      cache.put(digest, found);
      const verdict = await judge(asked, found, found.now, lookUps);
      if (verdict) return verdict;
    }
  }

  /**
   * Answers by what was found of a secret, at `now`. Undefined, and nothing answered, where that may not hold any longer: then it is
   * looked up anew. `lookUps`: how often this request was looked up; 0 where `found` comes from the cache.
   */
  async function judge(asked: Asked, found: Found, now: number, lookUps: number): Promise<Verdict | undefined> {
    const { res, request, possession, spend, allow } = asked;
    const { grant, version } = found;
    // Its end is the database's to tell: the clock here is never behind it, but may be ahead.
    if (grant && faultOf(grant, now) && !faultOf(grant, found.now)) return undefined;
    // A refusal is the database's own word, too: what is known of a secret says why, if it is still so.
    const isSo = async () => lookUps > 0 || (await confirm(version));
    const wish = wishOf(request, possession, grant, now);
    const decision = decide(grant, wish instanceof Promise ? await wish : wish, now);
    if (!decision.allowed) return (await isSo()) ? refuse(asked, decision, now) : undefined;
    // Used up only by what would pass otherwise, and before the limit: who shows a proof again must not use that up.
    const first = possession.isFirst(decision.grant, now);
    // Waited for only where it is counted elsewhere: in this process the answer is there already.
    if (first !== true && !(await first)) return (await isSo()) ? refuse(asked, { ...decision, ...REPLAYED }, now) : undefined;
    const spent = spend(decision.grant, now);
    const spending = spent instanceof Promise ? await spent : spent;
    if (spending && !spending.isAllowed) return (await isSo()) ? limited(asked, decision.grant, now, spending) : undefined;
    const access = { ...accessOf(request, decision.grant, now), reason: null };
    const isNoted = env.accessLog === 'buffered' && cache.isConfirmedWithin(CONFIRMED_WITHIN, version) && accessLog.noted(access);
    // No record, no pass: the answer waits until its event is on disk. It is stored only if nothing that could change the answer has changed.
    const guard = { version: lookUps < MOST_LOOK_UPS ? version : null, expiresAt: endOf(decision.grant) };
    if (!isNoted && !(await accessLog.passed(access, guard))) return undefined;
    allow(res, decision.grant, spending, access.id);
    return 'allowed';
  }

  function refuse({ res, request, possession }: Partial<Asked> & Answerable, { grant, reason }: Refusal, now: number): Verdict {
    const access = accessOf(request, grant, now);
    accessLog.refused({ ...access, reason });
    const { credential, wanted } = request;
    const isDpop = credential.kind === 'secret' && credential.proofs !== null;
    // A proof that is wrong by itself gets one answer whatever the secret beside it opens, so that nothing is learnt about that.
    const said = credential.kind === 'invalid_request' ? credential.kind : possession?.isFlawed(now) ? 'invalid_dpop_proof' : reason;
    answerRefused(res, { reason: said, wanted, isDpop, requestId: access.id });
    return reason;
  }

  function limited({ res, request }: Answerable, grant: Grant, now: number, spending: Spending): Verdict {
    const access = accessOf(request, grant, now);
    accessLog.refused({ ...access, reason: 'rate_limited' });
    answerLimited(res, grant, spending, access.id);
    return 'rate_limited';
  }

  function handle(req: IncomingMessage, res: ServerResponse, own?: Own): void {
    const startedAt = performance.now();
    verify(req, res, own)
      .catch((error): Verdict => {
        if (error instanceof OverloadError || isUnavailable(error)) complain(error);
        else log.error({ err: error }, 'verification failed');
        answerUnavailable(res);
        return 'unavailable';
      })
      .then((verdict) => metrics.verified(verdict, performance.now() - startedAt));
  }

  return {
    handle: (req, res) => handle(req, res),
    admit(req, res, scope, serve) {
      const path = req.url?.split('?', 1)[0];
      handle(req, res, { request: { wanted: [scope], subject: `${req.method} ${new URL(env.baseUrl).host}${path}` }, serve });
    },
    metrics,
    drained: async () => {
      await accessLog.drained();
      await quotas.drained();
      await stored.drained();
    },
    doubt: () => cache.doubt(),
    // Not asked for just now: newer ones may be there already.
    heed: (version) => cache.see(version, Number.NEGATIVE_INFINITY),
  };
}

/** What is asked of this server itself: instead of what a gateway would say of its request, and who answers when it may pass. */
type Own = { request: Pick<VerifyRequest, 'wanted' | 'subject'>; serve: (grant: Grant) => void };

type Answerable = { res: ServerResponse; request: VerifyRequest };

/** One request with all that may be asked about it, so that what costs or counts is asked once however often it is judged. */
type Asked = Answerable & { possession: Possession; spend: ReturnType<typeof spendOnce>; allow: typeof answerAllowed };

type Refusal = Extract<Decision, { allowed: false }>;

const REPLAYED = { allowed: false, reason: 'replayed' } as const;

/** What is asked for, once it is clear whether the right one asks. */
function wishOf({ wanted, ip }: VerifyRequest, possession: Possession, grant: Grant | null, now: number): Wish | Promise<Wish> {
  const isHolder = possession.isHolder(grant, now);
  if (isHolder instanceof Promise) return isHolder.then((known) => ({ wanted, ip, isHolder: known }));
  return { wanted, ip, isHolder };
}

function accessOf({ ip, userAgent, subject, wanted }: VerifyRequest, grant: Grant | null, now: number) {
  const at = Math.floor(now);
  const of = { tokenId: grant?.tokenId ?? null, ownerId: grant?.ownerId ?? null, generation: grant?.replaced?.generation ?? null };
  const scopes = wanted.length === 0 ? null : scopesText(wanted);
  return { id: newId(at), at, ...of, ip, userAgent, subject, scopes };
}
