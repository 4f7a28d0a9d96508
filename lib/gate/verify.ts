import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Pool } from 'pg';
import { AccessLog } from '@/lib/gate/access-log';
import { answerAllowed, answerLimited, answerRefused, answerUnauthenticated, answerUnavailable } from '@/lib/gate/answers';
import { OverloadError } from '@/lib/gate/batcher';
import { DatabaseClock } from '@/lib/gate/clock';
import { type Decision, decide, endOf, faultOf, type Grant, type Wish } from '@/lib/gate/decide';
import { GrantCache } from '@/lib/gate/grant-cache';
import { type Limits, LocalLimits } from '@/lib/gate/limits';
import { createLookUp } from '@/lib/gate/look-up';
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
type Shared = { limits?: Limits; proofs?: SeenProofs };

/** Builds the gate over `pool`. Without `shared`, limits are counted in this process, and shown proofs kept in the database. */
export function createGate({ env, keys, log }: Runtime, pool: Pool, shared: Shared = {}): Gate {
  const limits = shared.limits ?? new LocalLimits();
  const stored = storedProofs(pool, log);
  const seen = shared.proofs ?? stored;
  const quotas = new Quotas(pool);
  const lookUp = createLookUp(pool);
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

  async function verify(req: IncomingMessage, res: ServerResponse, own?: Own): Promise<Verdict> {
    const request = own ? { ...readVerifyRequest(req, env), ...own.request } : readVerifyRequest(req, env);
    const allow = own ? (_: unknown, grant: Grant) => own.serve(grant) : answerAllowed;
    const { credential } = request;
    if (credential.kind === 'none') {
      answerUnauthenticated(res);
      return 'no_credential';
    }
    if (credential.kind === 'invalid_request' || !isWellFormed(credential.secret, env.tokenPrefix)) {
      return refuse(res, request, { allowed: false, grant: null, reason: 'malformed' }, clock.now());
    }
    const digest = digestSecret(credential.secret, keys).digest.toString('hex');
    const possession = readPossession(credential, request.target, seen);
    const spend = spendOnce(limits, quotas);
    const hasPassed = await passFromCache(res, request, digest, possession, spend, allow);
    metrics.lookedUp(hasPassed);
    if (hasPassed) return 'allowed';

    const { grant, version, now, askedAt } = await lookUp(digest);
    clock.set(now, askedAt);
    if (grant && !faultOf(grant, now)) cache.put(digest, { grant, version }, askedAt);
    const decision = decide(grant, await wishOf(request, possession, grant, now), now);
    if (!decision.allowed) return refuse(res, request, decision, now, possession);
    // Used up only by what would pass otherwise, and before the limit: who shows a proof again must not use that up.
    if (!(await possession.isFirst(decision.grant, now))) return refuse(res, request, { ...decision, ...REPLAYED }, now, possession);
    const spending = await spend(decision.grant, now);
    if (spending && !spending.isAllowed) return limited(res, request, decision.grant, now, spending);
    // No record, no pass: the answer waits until its event is on disk.
    const access = accessOf(request, decision.grant, now);
    await accessLog.passed({ ...access, reason: null });
    allow(res, decision.grant, spending, access.id);
    return 'allowed';
  }

  /** Lets a request pass by what is known of its token, if the database confirms it while it stores the access, or has just done so. */
  async function passFromCache(
    res: ServerResponse,
    request: VerifyRequest,
    digest: string,
    possession: Possession,
    spend: Spend,
    allow: typeof answerAllowed,
  ): Promise<boolean> {
    const known = cache.get(digest);
    if (!known) return false;
    const now = clock.now();
    const wish = wishOf(request, possession, known.grant, now);
    // Only who may pass is judged from here: a refusal is always the database's own word.
    if (!decide(known.grant, wish instanceof Promise ? await wish : wish, now).allowed) return false;
    const first = possession.isFirst(known.grant, now);
    // Waited for only where it is counted elsewhere: in this process the answer is there already.
    if (first !== true && !(await first)) return false;
    const spent = spend(known.grant, now);
    const spending = spent instanceof Promise ? await spent : spent;
    if (spending && !spending.isAllowed) return false;
    const access = { ...accessOf(request, known.grant, now), reason: null };
    const isNoted = env.accessLog === 'buffered' && cache.isConfirmedWithin(CONFIRMED_WITHIN, known.version) && accessLog.noted(access);
    if (!isNoted && !(await accessLog.passed(access, { version: known.version, expiresAt: endOf(known.grant) }))) return false;
    allow(res, known.grant, spending, access.id);
    return true;
  }

  function refuse(res: ServerResponse, request: VerifyRequest, { grant, reason }: Refusal, now: number, possession?: Possession): Verdict {
    const access = accessOf(request, grant, now);
    accessLog.refused({ ...access, reason });
    const { credential, wanted } = request;
    const isDpop = credential.kind === 'secret' && credential.proofs !== null;
    // A proof that is wrong by itself gets one answer whatever the secret beside it opens, so that nothing is learnt about that.
    const said = credential.kind === 'invalid_request' ? credential.kind : possession?.isFlawed(now) ? 'invalid_dpop_proof' : reason;
    answerRefused(res, { reason: said, wanted, isDpop, requestId: access.id });
    return reason;
  }

  function limited(res: ServerResponse, request: VerifyRequest, grant: Grant, now: number, spending: Spending): Verdict {
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

type Spend = ReturnType<typeof spendOnce>;

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
