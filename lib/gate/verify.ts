import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Pool } from 'pg';
import { AccessLog } from '@/lib/gate/access-log';
import { answerAllowed, answerRefused, answerUnauthenticated, answerUnavailable } from '@/lib/gate/answers';
import { OverloadError } from '@/lib/gate/batcher';
import { DatabaseClock } from '@/lib/gate/clock';
import { type Decision, decide, type Grant } from '@/lib/gate/decide';
import { GrantCache } from '@/lib/gate/grant-cache';
import { createLookUp } from '@/lib/gate/look-up';
import { readVerifyRequest, type VerifyRequest } from '@/lib/gate/request';
import { newId } from '@/lib/id';
import type { Runtime } from '@/lib/runtime';
import { digestSecret, isWellFormed } from '@/lib/tokens/secret';
import { isUnavailable } from '@/lib/unavailable';

/** The gate: answers requests to /verify. */
export type Gate = {
  handle: (req: IncomingMessage, res: ServerResponse) => void;
  /** Resolves when everything that was answered is stored. */
  drained: () => Promise<void>;
};

/** Builds the gate over `pool`. */
export function createGate({ env, keys, log }: Runtime, pool: Pool): Gate {
  const lookUp = createLookUp(pool);
  const cache = new GrantCache();
  const clock = new DatabaseClock();
  const accessLog = new AccessLog(pool, log, ({ version, now }) => {
    cache.see(version);
    clock.set(now);
  });

  /** While the database is away every request fails alike: said once a second, not once a request. */
  let complainedAt = Number.NEGATIVE_INFINITY;
  function complain(error: Error): void {
    if (performance.now() - complainedAt < 1000) return;
    complainedAt = performance.now();
    log.warn({ reason: error.message, code: (error as { code?: string }).code }, 'no decision: the database does not answer');
  }

  async function verify(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const request = readVerifyRequest(req, env);
    const { credential } = request;
    if (credential.kind === 'none') return answerUnauthenticated(res);
    if (credential.kind === 'invalid_request' || !isWellFormed(credential.secret, env.tokenPrefix)) {
      return refuse(res, request, { allowed: false, grant: null, reason: 'malformed' }, clock.now());
    }
    const digest = digestSecret(credential.secret, keys).digest.toString('hex');
    if (await passFromCache(res, request, digest)) return;

    const { grant, version, now } = await lookUp(digest);
    clock.set(now);
    if (grant && decide(grant, [], now).allowed) cache.put(digest, { grant, version });
    const decision = decide(grant, request.wanted, now);
    if (!decision.allowed) return refuse(res, request, decision, now);
    // No record, no pass: the answer waits until its event is on disk.
    const access = accessOf(request, decision.grant, now);
    await accessLog.passed({ ...access, reason: null });
    answerAllowed(res, decision.grant, access.id);
  }

  /** Lets a request pass by what is known of its token, if the database confirms it while it stores the access. */
  async function passFromCache(res: ServerResponse, request: VerifyRequest, digest: string): Promise<boolean> {
    const known = cache.get(digest);
    const now = clock.now();
    // Only who may pass is judged from here: a refusal is always the database's own word.
    if (!known || !decide(known.grant, request.wanted, now).allowed) return false;
    const access = accessOf(request, known.grant, now);
    const isStored = await accessLog.passed({ ...access, reason: null }, { version: known.version, expiresAt: known.grant.expiresAt });
    if (isStored) answerAllowed(res, known.grant, access.id);
    return isStored;
  }

  function refuse(res: ServerResponse, request: VerifyRequest, { grant, reason }: Refusal, now: number): void {
    const access = accessOf(request, grant, now);
    accessLog.refused({ ...access, reason });
    answerRefused(res, request.credential.kind === 'invalid_request' ? 'invalid_request' : reason, request.wanted, access.id);
  }

  return {
    handle(req, res) {
      verify(req, res).catch((error) => {
        if (error instanceof OverloadError || isUnavailable(error)) complain(error);
        else log.error({ err: error }, 'verification failed');
        answerUnavailable(res);
      });
    },
    drained: () => accessLog.drained(),
  };
}

type Refusal = Extract<Decision, { allowed: false }>;

function accessOf({ ip, userAgent, subject }: VerifyRequest, grant: Grant | null, now: number) {
  const at = Math.floor(now);
  return { id: newId(at), at, tokenId: grant?.tokenId ?? null, ownerId: grant?.ownerId ?? null, ip, userAgent, subject };
}
