export { accessOf, guardExpress } from './express.js';
export { type GuardOptions, guard } from './guard.js';
export { type Refusal, refusalOf } from './refusal.js';
export type { Allowed, Owner, RateLimit, Refused, Token, Unavailable, Verification } from './verification.js';
export { createVerifier, type Question, type Verifier, type VerifierOptions } from './verifier.js';
