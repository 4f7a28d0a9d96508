import type { Advice, AuditRow, Changes, GateCheck, GateCheckName, RefusalExplanation, TokenState } from '@/lib/audit/schema';
import { isWithin, type Network, networkText, readNetwork } from '@/lib/networks';

/** What the gate looks at, in its order (lib/gate/verify.ts and decide.ts; docs/verify.md). */
const ORDER: readonly GateCheckName[] = [
  'malformed',
  'unknown',
  'deleted',
  'superseded',
  'suspended',
  'expired',
  'owner_disabled',
  'proof',
  'address',
  'scope',
  'replayed',
  'rate_limited',
];

// Of most tokens there is no proof: named where it refused.
const OF_PROOFS: readonly GateCheckName[] = ['proof', 'replayed'];

/** An event after the refusal that changed what the gate looks at. */
export type LaterChange = { event: string; changes: Changes | null };

/** The refusal, the value that was shown as far as it was a replaced one, and the token at that moment and today. */
export type RefusalFacts = {
  row: Pick<AuditRow, 'at' | 'reason' | 'ip' | 'token' | 'scopes'>;
  replacedAt: string | null;
  graceUntil?: string | null;
  unknown?: RefusalExplanation['unknown'];
  was: TokenState | null;
  today: TokenState | null;
  now: Date;
};

/** Why a request was refused: how each check went, and what would let one like it pass. Pure. */
export function explainRefusal({ row, replacedAt, graceUntil = null, unknown = null, was, today, now }: RefusalFacts): RefusalExplanation {
  const reason = row.reason === 'malformed' && row.token ? 'proof' : ORDER.find((one) => one === row.reason);
  // Of what a newer version refused for, nothing is known here.
  if (!reason) return { checks: [], was, unknown, replacedAt, graceUntil, agrees: true, advice: null };
  const checks = checksOf(reason);
  const agrees = !was || checks.every(({ check, result }) => isAsSaid(result, refuses(check, was, row, new Date(row.at))));
  const isOver = today !== null && refuses(reason, today, row, now) === false;
  return { checks, was, unknown, replacedAt, graceUntil, agrees, advice: adviceFor(reason, row, today ?? was, isOver) };
}

/**
 * What a token was, from what it is and what was changed since (oldest first). A field was what the first change of it says was before;
 * one that nobody changed was what it is.
 */
export function stateBefore(later: readonly LaterChange[], today: TokenState): TokenState {
  const was: TokenState = { ...today };
  const settled = new Set<string>();
  const settle = <Field extends keyof TokenState>(field: Field, before: unknown) => {
    if (settled.has(field)) return;
    settled.add(field);
    was[field] = before as TokenState[Field];
  };
  for (const { event, changes } of later) {
    for (const [field, [before]] of Object.entries(changes ?? {}))
      if (isPlain(field)) settle(field, before ?? (field === 'scopes' || field === 'ipAllowList' ? [] : null));
    if (event === 'token.regenerated') was.generation--;
    const flip = FLIPS[event];
    if (flip) settle(...flip);
  }
  return was;
}

/** What was so before an event that says it only by its name. */
const FLIPS: Record<string, [field: 'isSuspended' | 'isDeleted' | 'isOwnerDisabled', before: boolean] | undefined> = {
  'token.suspended': ['isSuspended', false],
  'token.resumed': ['isSuspended', true],
  'token.deleted': ['isDeleted', false],
  'user.disabled': ['isOwnerDisabled', false],
  'user.enabled': ['isOwnerDisabled', true],
};

const PLAIN = [
  'expiresAt',
  'scopes',
  'ipAllowList',
  'limitRequests',
  'limitWindowSeconds',
  'defaultLimitRequests',
  'defaultLimitWindowSeconds',
  'quotaRequests',
  'quotaPeriod',
  'boundThumbprint',
  'suspendedReason',
] as const;

function isPlain(field: string): field is (typeof PLAIN)[number] {
  return PLAIN.some((one) => one === field);
}

function checksOf(failed: GateCheckName): GateCheck[] {
  const isByProof = OF_PROOFS.includes(failed);
  const made = ORDER.filter((check) => isByProof || !OF_PROOFS.includes(check));
  const place = made.indexOf(failed);
  return made.map((check, at) => ({ check, result: at < place ? 'passed' : at === place ? 'failed' : 'not_reached' }));
}

/** Whether this check would refuse; undefined where the log does not have what it takes to tell (proofs, how often it was used). */
function refuses(check: GateCheckName, state: TokenState, { ip, scopes }: RefusalFacts['row'], at: Date): boolean | undefined {
  if (check === 'deleted') return state.isDeleted;
  if (check === 'suspended') return state.isSuspended;
  if (check === 'expired') return state.expiresAt !== null && new Date(state.expiresAt) <= at;
  if (check === 'owner_disabled') return state.isOwnerDisabled;
  if (check === 'address') return state.ipAllowList.length > 0 && (ip === null || !isWithin(ip, networksOf(state)));
  // What cannot be a scope is wanted in vain too, and not in the log: that none is missing does not say that all were there.
  if (check === 'scope' && missing(state, scopes).length > 0) return true;
  return undefined;
}

function missing(state: TokenState, wanted: readonly string[]): string[] {
  return wanted.filter((scope) => !state.scopes.includes(scope));
}

function isAsSaid(result: GateCheck['result'], refused: boolean | undefined): boolean {
  if (refused === undefined || result === 'not_reached') return true;
  return refused === (result === 'failed');
}

function adviceFor(kind: GateCheckName, { ip, scopes }: RefusalFacts['row'], today: TokenState | null, isOver: boolean): Advice {
  if (today?.isDeleted && kind !== 'deleted') return { kind: 'gone' };
  if (isOver) return { kind: 'over' };
  if (kind === 'scope' && today) return { kind, missing: missing(today, scopes) };
  if (kind !== 'address' || ip === null) return { kind };
  return { kind, address: ip, network: networkAround(ip) };
}

/** The network that an address is usually one of: 256 of IPv4, a /64 of IPv6. */
function networkAround(ip: string): string | undefined {
  const read = readNetwork(`${ip}/${ip.includes(':') ? 64 : 24}`);
  if ('problem' in read) return read.problem === 'host_bits' ? read.network : undefined;
  return networkText(read);
}

function networksOf({ ipAllowList }: TokenState): Network[] {
  return ipAllowList.map(readNetwork).filter((read): read is Network => !('problem' in read));
}
