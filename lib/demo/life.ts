import { accessesOf, type DemoAccess, type Ending, probing } from '@/lib/demo/accesses';
import { atWork } from '@/lib/demo/moments';
import type { Dice } from '@/lib/demo/random';
import { type EventParts, eventRow, iso, type Row } from '@/lib/demo/rows';
import { by, type Member } from '@/lib/demo/staff';
import type { DemoToken } from '@/lib/demo/tokens';
import { newId } from '@/lib/id';
import type { Keys } from '@/lib/keys';
import { foldKey } from '@/lib/text';
import { digestSecret, drawSecret, hintOf } from '@/lib/tokens/secret';

const DAY = 86_400_000;
const HOUR = 3_600_000;

/** Everything that the database keeps of a token. */
export type TokenLife = { token: Row; secrets: Row[]; events: Row[] };

/** A token from its first day to `now`: its rows, what was done with it, and every access. */
export function liveToken(plan: DemoToken, owner: Member, now: Date, roll: Dice, prefix: string, keys: Keys): TokenLife {
  const bornAt = Math.max(atWork(now, plan.born), owner.addedAt + HOUR);
  const laterAt = plan.later ? Math.max(atWork(now, plan.later.ago), bornAt + HOUR) : undefined;
  const after = (what: string) => (plan.later?.what === what ? laterAt : undefined);
  const extendedAt = after('extended');
  const expiresAt = plan.life === null ? undefined : (extendedAt ?? bornAt) + plan.life * DAY;
  const id = newId(bornAt);
  const secrets = [bornAt, after('regenerated')].filter((at) => at !== undefined).map((at) => ({ at, secret: drawSecret(prefix) }));
  const [first, second] = secrets.map(({ secret }) => hintOf(secret, prefix));
  const regular = plan.use ? accessesOf(plan.use, bornAt + HOUR, now.getTime(), endings(expiresAt, after, owner), roll) : [];
  const accesses = [...regular, ...visit(plan, after('visited'))].sort((a, b) => a.at - b.at);
  const last = accesses.findLast((access) => access.reason === null);
  const firstName = (after('renamed') && plan.later?.note) ?? plan.name;
  const suspendedReason = (after('suspended') && plan.later?.note) ?? null;
  const { asked, scopes, ipAllowList } = accessOf(plan);
  const firstEnd = extendedAt ? bornAt + 30 * DAY : expiresAt;

  const done = (at: number | undefined, what: string, changes: Row): Row[] =>
    at === undefined ? [] : [eventRow({ ...by(owner), at, event: `token.${what}`, token_id: id, changes })];
  return {
    token: {
      id,
      owner_id: owner.id,
      name: plan.name,
      name_key: after('deleted') ? null : foldKey(plan.name),
      description: plan.description,
      scopes,
      ip_allow_list: ipAllowList,
      hint: second ?? first ?? '',
      generation: secrets.length,
      created_at: iso(bornAt),
      expires_at: isoOrNull(expiresAt),
      deleted_at: isoOrNull(after('deleted')),
      suspended_at: isoOrNull(after('suspended')),
      suspended_reason: suspendedReason,
      suspended_by_id: after('suspended') ? owner.id : null,
      last_used_at: isoOrNull(last?.at),
      last_used_ip: last?.ip ?? null,
    },
    secrets: secrets.map(({ at, secret }) => {
      const { digest, keyId } = digestSecret(secret, keys);
      const successor = secrets.find((other) => other.at > at);
      const row = { digest: `\\x${digest.toString('hex')}`, key_id: keyId, token_id: id };
      const replaced = successor && { generation: 1, hint: first, not_after: isoOrNull(expiresAt) };
      return { ...row, created_at: iso(at), superseded_at: isoOrNull(successor?.at), ...replaced };
    }),
    events: [
      ...done(bornAt, 'created', {
        name: [null, firstName],
        description: [null, plan.description],
        expiresAt: [null, isoOrNull(firstEnd)],
        ...(scopes.length > 0 && { scopes: [null, scopes] }),
        ...(ipAllowList.length > 0 && { ipAllowList: [null, ipAllowList] }),
      }),
      ...done(after('renamed'), 'renamed', { name: [firstName, plan.name] }),
      ...done(extendedAt, 'expiry_changed', { expiresAt: [isoOrNull(firstEnd), isoOrNull(expiresAt)] }),
      ...done(after('regenerated'), 'regenerated', { hint: [first ?? '', second ?? ''] }),
      ...done(after('suspended'), 'suspended', { suspendedReason: [null, suspendedReason] }),
      ...done(after('deleted'), 'deleted', { name: [plan.name, null] }),
      ...accesses.map((access) => ({ ...accessRow(access, id, owner.id), scopes: asked })),
    ],
  };
}

/**
 * A token for one thing has that thing's scope, such as "orders:read", for which its gateway asks; the busy ones of the first days were
 * made with more than they need. A service that runs all day is held to its own network.
 */
function accessOf({ use, born }: DemoToken): { asked: string | null; scopes: string[]; ipAllowList: string[] } {
  const [method, path = ''] = use?.path.split(' ') ?? [];
  const resource = path.split('/')[2];
  const asked = resource ? `${resource}:${method === 'GET' ? 'read' : 'write'}` : null;
  const isWide = resource && born > 35 && (use?.perDay ?? 0) > 90;
  return {
    asked,
    scopes: isWide ? [`${resource}:read`, `${resource}:write`] : asked ? [asked] : [],
    ipAllowList: use?.rhythm === 'steady' && use.ip.startsWith('192.0.2.') ? ['192.0.2.0/24'] : [],
  };
}

/** Somebody else uses it once, from an address of their own. */
function visit({ later, use }: DemoToken, at: number | undefined): DemoAccess[] {
  if (at === undefined) return [];
  const request = use?.path ?? 'GET billing.example.org/v1/archive';
  return [{ at, reason: null, ip: later?.note ?? '', userAgent: 'python-requests/2.31.0', request, count: 1 }];
}

// A job that nobody told goes on with its old token for two days; the tokens of somebody who was locked out are still in use. After
// a token is regenerated, it takes three hours until everybody has the new value.
function endings(expiresAt: number | undefined, after: (what: string) => number | undefined, owner: Member): Ending[] {
  const all: Ending[] = [];
  const [deletedAt, suspendedAt, regeneratedAt] = [after('deleted'), after('suspended'), after('regenerated')];
  if (regeneratedAt) all.push({ at: regeneratedAt, reason: 'superseded', until: regeneratedAt + 3 * HOUR, thenPasses: true });
  if (owner.disabledAt) all.push({ at: owner.disabledAt, reason: 'owner_disabled', until: Number.POSITIVE_INFINITY });
  if (suspendedAt) all.push({ at: suspendedAt, reason: 'suspended', until: suspendedAt + 2 * DAY });
  if (expiresAt) all.push({ at: expiresAt, reason: 'expired', until: expiresAt + 2 * DAY });
  if (deletedAt) all.push({ at: deletedAt, reason: 'deleted', until: deletedAt + 2 * DAY });
  return all.sort((a, b) => a.at - b.at);
}

function accessRow({ at, reason, ip, userAgent, request, count }: DemoAccess, tokenId: string | null, ownerId: string | null): Row {
  const parts = { at, reason, ip, request, count, user_agent: userAgent, token_id: tokenId, actor_id: ownerId };
  const generation = reason === 'superseded' ? 1 : null;
  return eventRow({ ...parts, generation, actor_type: 'token', event: reason ? 'token.refused' : 'token.used' } satisfies EventParts);
}

/** Somebody outside tries keys, on three nights. */
export function strangers(now: Date, roll: Dice): Row[] {
  const nights = [
    { ago: 23, ip: '203.0.113.201', attempts: 1842 },
    { ago: 9, ip: '203.0.113.214', attempts: 617 },
    { ago: 2, ip: '203.0.113.201', attempts: 2291 },
  ];
  return nights.flatMap(({ ago, ip, attempts }) =>
    probing(atWork(now, ago) - 5.4 * HOUR, ip, attempts, roll).map((access) => accessRow(access, null, null)),
  );
}

function isoOrNull(at: number | undefined): string | null {
  return at === undefined ? null : iso(at);
}
