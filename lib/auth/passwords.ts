import { hash, verify } from '@node-rs/argon2';
import { limitConcurrency } from '@/lib/concurrency';

// OWASP's second argon2id setting: 19 MiB, two passes, one lane. 2 is Algorithm.Argon2id, a const enum that isolated modules cannot read.
const COST = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

// Of a random password that nobody kept: what an account that does not exist, or has no password yet, is compared with.
const NOBODY = '$argon2id$v=19$m=19456,t=2,p=1$i3EYCyOU5rWaM0sTF29Ygg$l7ymRL7siKCDHuPOKlL0OQo4/eDXJyzDbmokKskwhIM';

// Each computation takes 19 MiB and a core for some 20 ms: a flood of sign-ins waits here instead of starving the gate and the pages.
const limited = limitConcurrency(2, 64);

/** The argon2id hash of a password, in PHC form. Refuses `unavailable` when too many are waiting. */
export function hashPassword(password: string): Promise<string> {
  return limited(() => hash(bytes(password), COST));
}

/** Whether it is the password behind `stored`. Does the same work when there is none. Refuses `unavailable` when too many are waiting. */
export async function verifyPassword(password: string, stored: string | null): Promise<boolean> {
  const same = await limited(() => verify(stored ?? NOBODY, bytes(password)));
  return same && stored !== null;
}

// NFKC as NIST SP 800-63B asks, so that the same password typed on another keyboard is the same bytes. Nothing is trimmed or cut.
function bytes(password: string): Buffer {
  return Buffer.from(password.normalize('NFKC'), 'utf8');
}
