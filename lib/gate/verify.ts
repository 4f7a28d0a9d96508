import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Pool } from 'pg';
import { AccessLog } from '@/lib/gate/access-log';
import { answerAllowed, answerRefused, answerUnauthenticated, answerUnavailable } from '@/lib/gate/answers';
import { OverloadError } from '@/lib/gate/batcher';
import { type Decision, decide } from '@/lib/gate/decide';
import { createLookUp } from '@/lib/gate/look-up';
import { readVerifyRequest, type VerifyRequest } from '@/lib/gate/request';
import { newId } from '@/lib/id';
import type { Runtime } from '@/lib/runtime';
import { digestSecret, isWellFormed } from '@/lib/tokens/secret';

/** The gate: answers requests to /verify. */
export type Gate = {
  handle: (req: IncomingMessage, res: ServerResponse) => void;
  /** Resolves when everything that was answered is stored. */
  drained: () => Promise<void>;
};

/** Builds the gate over `pool`. Beyond the parsing it holds no state but what waits to be stored. */
export function createGate({ env, keys, log }: Runtime, pool: Pool): Gate {
  const lookUp = createLookUp(pool);
  const accessLog = new AccessLog(pool, log);
  // The database's clock less ours, from the latest look-up: dates refusals that need no look-up.
  let offset = 0;

  async function judge(request: VerifyRequest): Promise<{ decision: Decision; at: number } | null> {
    const { credential } = request;
    if (credential.kind === 'none') return null;
    if (credential.kind === 'invalid_request' || !isWellFormed(credential.secret, env.tokenPrefix)) {
      return { decision: { allowed: false, grant: null, reason: 'malformed' }, at: Date.now() + offset };
    }
    const { grant, now } = await lookUp(digestSecret(credential.secret, keys).digest.toString('hex'));
    offset = now - Date.now();
    return { decision: decide(grant, request.wanted, now), at: now };
  }

  async function verify(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const request = readVerifyRequest(req, env);
    const judged = await judge(request);
    if (!judged) return answerUnauthenticated(res);
    const { decision, at } = judged;
    const { ip, userAgent, subject, wanted, credential } = request;
    const id = newId(at);
    const grant = decision.grant;
    const access = { at, tokenId: grant?.tokenId ?? null, ownerId: grant?.ownerId ?? null, ip, userAgent, subject, id };
    if (decision.allowed) {
      // No record, no pass: the answer waits until its event is on disk.
      await accessLog.passed({ ...access, reason: null });
      return answerAllowed(res, decision.grant, id);
    }
    accessLog.refused({ ...access, reason: decision.reason });
    answerRefused(res, credential.kind === 'invalid_request' ? 'invalid_request' : decision.reason, wanted, id);
  }

  return {
    handle(req, res) {
      verify(req, res).catch((error) => {
        if (!(error instanceof OverloadError)) log.error({ err: error }, 'verification failed');
        answerUnavailable(res);
      });
    },
    drained: () => accessLog.drained(),
  };
}
