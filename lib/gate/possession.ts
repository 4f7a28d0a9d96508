import { faultOf, type Grant } from '@/lib/gate/decide';
import { isMadeFor, isSignedBy, type Proof, readProof, type Target } from '@/lib/gate/proof';
import { isSameKey } from '@/lib/jwk';

/** The numbers of proofs that were shown, known to all instances alike. */
export type SeenProofs = {
  /**
   * Whether the proof `id` by the key of `thumbprint` is shown for the first time, and remembers it as long as it could be shown again.
   * `issuedAt` and `now` are milliseconds by the database's clock. Rejects when that cannot be told: then nobody may pass.
   */
  isFirst: (proof: { thumbprint: string; id: string; issuedAt: number; now: number }) => Promise<boolean>;
};

/** What one request shows of having the key that a token is bound to. */
export type Possession = {
  /** Whether it shows a proof that is wrong by itself, whatever the secret beside it opens. */
  isFlawed: (now: number) => boolean;
  /** Whether the secret is shown as the binding of its token wants it: with a proof by that key, or without any for a token that is not bound. */
  isHolder: (grant: Grant | null, now: number) => boolean | Promise<boolean>;
  /** Uses the proof up, if there is one: false when somebody has shown it before. */
  isFirst: (grant: Grant, now: number) => true | Promise<boolean>;
};

type Shown = { secret: string; proofs: readonly string[] | null };

/**
 * Reads what a request shows. However often it is judged, its proof's signature is checked once and its number used up once, unless
 * the token is bound to another key by then.
 */
export function readPossession({ secret, proofs }: Shown, target: Target, seen: SeenProofs): Possession {
  if (proofs === null) return WITHOUT_PROOF;
  const proof = readProof(proofs);
  if (!proof) return FLAWED;
  const isFlawed = (now: number) => !isMadeFor(proof, target, secret, now);
  const signature = onceFor((grant: Grant) => isByKeyOf(grant, proof));
  const first = onceFor(({ binding }: Grant, now: number) =>
    seen.isFirst({ thumbprint: binding?.thumbprint ?? '', id: proof.id, issuedAt: proof.issuedAt * 1000, now }),
  );
  return {
    isFlawed,
    // What costs most comes last: nobody makes us check signatures for a secret that opens nothing.
    isHolder: (grant, now) => grant !== null && !isFlawed(now) && !faultOf(grant, now) && signature(grant, now),
    isFirst: first,
  };
}

const WITHOUT_PROOF: Possession = { isFlawed: () => false, isHolder: (grant) => grant?.binding === null, isFirst: () => true };

const FLAWED: Possession = { isFlawed: () => true, isHolder: () => false, isFirst: () => Promise.resolve(false) };

async function isByKeyOf({ binding }: Grant, proof: Proof): Promise<boolean> {
  if (!binding?.key || !isSameKey(binding.key, proof.key)) return false;
  return isSignedBy(binding.key, proof);
}

/** Does `work` once for each key that a token is bound to. */
function onceFor<T>(work: (grant: Grant, now: number) => Promise<T>): (grant: Grant, now: number) => Promise<T> {
  let done: { thumbprint: string | undefined; result: Promise<T> } | undefined;
  return (grant, now) => {
    const thumbprint = grant.binding?.thumbprint;
    if (done?.thumbprint !== thumbprint || !done) done = { thumbprint, result: work(grant, now) };
    return done.result;
  };
}
