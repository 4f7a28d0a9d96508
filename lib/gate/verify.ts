import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Pool } from 'pg';
import { AccessLog } from '@/lib/gate/access-log';
import { answerAllowed, answerLimited, answerRefused, answerUnauthenticated, answerUnavailable } from '@/lib/gate/answers';
import { OverloadError } from '@/lib/gate/batcher';
import { DatabaseClock } from '@/lib/gate/clock';
import { type Decision, decide, endOf, faultOf, type Grant } from '@/lib/gate/decide';
import { GrantCache } from '@/lib/gate/grant-cache';
import { type Allowance, type Limits, LocalLimits, takeOnce } from '@/lib/gate/limits';
import { createLookUp } from '@/lib/gate/look-up';
import { GateMetrics, type Verdict } from '@/lib/gate/metrics';
import { readVerifyRequest, type VerifyRequest } from '@/lib/gate/request';
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
  /** Resolves when everything that was answered is stored. */
  drained: () => Promise<void>;
  /** Told of a change that this process made: from now on only what the database says after it counts. */
  doubt: () => void;
  /** Told of a version of all grants that the database has reached: from now on nobody passes by what was found at an older one. */
  heed: (version: number) => void;
  /** What the gate counts about itself. */
  metrics: GateMetrics;
};

/** Builds the gate over `pool`; `limits` counts requests against the limits of their tokens. */
export function createGate({ env, keys, log }: Runtime, pool: Pool, limits: Limits = new LocalLimits()): Gate {
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
    log.warn({ reason: error.message, code: (error as { code?: string }).code }, 'no decision: the database does not answer');
  }

  async function verify(req: IncomingMessage, res: ServerResponse): Promise<Verdict> {
    const request = readVerifyRequest(req, env);
    const { credential } = request;
    if (credential.kind === 'none') {
      answerUnauthenticated(res);
      return 'no_credential';
    }
    if (credential.kind === 'invalid_request' || !isWellFormed(credential.secret, env.tokenPrefix)) {
      return refuse(res, request, { allowed: false, grant: null, reason: 'malformed' }, clock.now());
    }
    const digest = digestSecret(credential.secret, keys).digest.toString('hex');
    const take = takeOnce(limits);
    const hasPassed = await passFromCache(res, request, digest, take);
    metrics.lookedUp(hasPassed);
    if (hasPassed) return 'allowed';

    const { grant, version, now, askedAt } = await lookUp(digest);
    clock.set(now, askedAt);
    if (grant && !faultOf(grant, now)) cache.put(digest, { grant, version }, askedAt);
    const decision = decide(grant, request, now);
    if (!decision.allowed) return refuse(res, request, decision, now);
    const taken = take(decision.grant);
    const allowance = taken instanceof Promise ? await taken : taken;
    if (allowance && !allowance.isAllowed)
      return refuse(res, request, { ...decision, allowed: false, reason: 'rate_limited' }, now, allowance);
    // No record, no pass: the answer waits until its event is on disk.
    const access = accessOf(request, decision.grant, now);
    await accessLog.passed({ ...access, reason: null });
    answerAllowed(res, decision.grant, allowance, access.id);
    return 'allowed';
  }

  /** Lets a request pass by what is known of its token, if the database confirms it while it stores the access, or has just done so. */
  async function passFromCache(res: ServerResponse, request: VerifyRequest, digest: string, take: Take): Promise<boolean> {
    const known = cache.get(digest);
    const now = clock.now();
    // Only who may pass is judged from here: a refusal is always the database's own word.
    if (!known || !decide(known.grant, request, now).allowed) return false;
    const taken = take(known.grant);
    // Waited for only where it is counted elsewhere: in this process the answer is there already.
    const allowance = taken instanceof Promise ? await taken : taken;
    if (allowance && !allowance.isAllowed) return false;
    const access = { ...accessOf(request, known.grant, now), reason: null };
    const isNoted = env.accessLog === 'buffered' && cache.isConfirmedWithin(CONFIRMED_WITHIN, known.version) && accessLog.noted(access);
    if (!isNoted && !(await accessLog.passed(access, { version: known.version, expiresAt: endOf(known.grant) }))) return false;
    answerAllowed(res, known.grant, allowance, access.id);
    return true;
  }

  function refuse(res: ServerResponse, request: VerifyRequest, { grant, reason }: Refusal, now: number, over?: Allowance): Verdict {
    const access = accessOf(request, grant, now);
    accessLog.refused({ ...access, reason });
    if (over && grant?.limit) answerLimited(res, grant.limit, over, access.id);
    else answerRefused(res, request.credential.kind === 'invalid_request' ? 'invalid_request' : reason, request.wanted, access.id);
    return reason;
  }

  return {
    handle(req, res) {
      const startedAt = performance.now();
      verify(req, res)
        .catch((error): Verdict => {
          if (error instanceof OverloadError || isUnavailable(error)) complain(error);
          else log.error({ err: error }, 'verification failed');
          answerUnavailable(res);
          return 'unavailable';
        })
        .then((verdict) => metrics.verified(verdict, performance.now() - startedAt));
    },
    metrics,
    drained: () => accessLog.drained(),
    doubt: () => cache.doubt(),
    // Not asked for just now: newer ones may be there already.
    heed: (version) => cache.see(version, Number.NEGATIVE_INFINITY),
  };
}

type Take = ReturnType<typeof takeOnce>;

type Refusal = Extract<Decision, { allowed: false }>;

function accessOf({ ip, userAgent, subject }: VerifyRequest, grant: Grant | null, now: number) {
  const at = Math.floor(now);
  const of = { tokenId: grant?.tokenId ?? null, ownerId: grant?.ownerId ?? null, generation: grant?.replaced?.generation ?? null };
  return { id: newId(at), at, ...of, ip, userAgent, subject };
}
