import { rulesOf } from '@/lib/alerts/rules';
import type { AlertFilters, AlertRow, RuleName, RuleRow, ThresholdName } from '@/lib/alerts/schema';
import { ruleNames, suspendingRules, thresholds } from '@/lib/alerts/values';
import { db } from '@/lib/db';
import { Prisma } from '@/lib/generated/prisma/client';
import { momentOf } from '@/lib/id';
import { type Actor, authorize, can } from '@/lib/permissions/permissions';

/** Alerts on one page of the list. */
export const ALERTS_PER_PAGE = 25;

/**
 * One page of the alerts (the last one, if there are fewer), the open ones first, then by their last event; how many fit and how many there
 * are. Members see those of their own tokens.
 */
export async function listAlerts(
  actor: Actor,
  filters: AlertFilters,
): Promise<{ rows: AlertRow[]; page: number; total: number; all: number }> {
  const where = Prisma.sql`${visible(actor)} AND ${selected(filters)}`;
  const [counted] = await db().$queryRaw<[{ total: number; all: number }]>`
    SELECT (count(*) FILTER (WHERE ${where}))::int AS total, count(*)::int AS all FROM alert a WHERE ${visible(actor)}`;
  const { total, all } = counted;
  const page = Math.min(filters.page, Math.max(1, Math.ceil(total / ALERTS_PER_PAGE)));
  return { rows: await read(actor, where, ALERTS_PER_PAGE, (page - 1) * ALERTS_PER_PAGE), page, total, all };
}

/** The open alerts of a token, the newest first, and how many there are; of somebody else's token only for those who may see all. */
export async function openAlertsOf(actor: Actor, tokenId: string, most = 3): Promise<{ rows: AlertRow[]; total: number }> {
  const where = Prisma.sql`${visible(actor)} AND a.token_id = ${tokenId}::uuid AND a.acknowledged_at IS NULL`;
  const rows = await read(actor, where, most, 0);
  if (rows.length < most) return { rows, total: rows.length };
  return { rows, total: await count(where) };
}

/** How many alerts that the actor may see are open. */
export async function countOpenAlerts(actor: Actor): Promise<number> {
  return count(Prisma.sql`${visible(actor)} AND a.acknowledged_at IS NULL`);
}

/** The rules as they hold. Refuses who is neither administrator nor auditor. */
export async function listRules(actor: Actor): Promise<RuleRow[]> {
  authorize(actor, 'policy.read');
  const rules = rulesOf(await db().alertRule.findMany());
  return ruleNames.map((rule) => {
    const values = rules[rule].thresholds as Record<string, number>;
    const rows = Object.entries(thresholds[rule]).map(([name, limits]) => ({
      ...limits,
      name: name as ThresholdName,
      value: values[name] ?? limits.standard,
    }));
    const { enabled, suspends } = rules[rule];
    return { rule, enabled, suspends, canSuspend: suspendingRules.has(rule), thresholds: rows };
  });
}

type Found = {
  id: string;
  rule: RuleName;
  tokenId: string | null;
  tokenName: string | null;
  isDeleted: boolean;
  ownerId: string | null;
  ownerName: string | null;
  address: string | null;
  reason: string | null;
  requests: number;
  firstId: string;
  lastId: string;
  figures: Record<string, number>;
  suspendedAt: Date | null;
  acknowledgedAt: Date | null;
  acknowledgedBy: string | null;
  note: string;
};

async function read(actor: Actor, where: Prisma.Sql, limit: number, offset: number): Promise<AlertRow[]> {
  const found = await db().$queryRaw<Found[]>`
    SELECT a.id, a.rule, t.id AS "tokenId", t.name AS "tokenName", t.deleted_at IS NOT NULL AS "isDeleted", a.owner_id AS "ownerId",
           o.name AS "ownerName", a.address, a.reason, a.requests::float8 AS requests, a.first_id AS "firstId", a.last_id AS "lastId", a.figures,
           a.suspended_at AS "suspendedAt", a.acknowledged_at AS "acknowledgedAt", b.name AS "acknowledgedBy", a.note
    FROM alert a LEFT JOIN token t ON t.id = a.token_id LEFT JOIN "user" o ON o.id = a.owner_id LEFT JOIN "user" b ON b.id = a.acknowledged_by_id
    WHERE ${where} ORDER BY a.acknowledged_at IS NOT NULL, a.last_id DESC, a.id DESC LIMIT ${limit} OFFSET ${offset}`;
  return found.map((row) => toRow(actor, row));
}

function toRow(actor: Actor, row: Found): AlertRow {
  const { tokenId, ownerId, acknowledgedAt } = row;
  return {
    id: row.id,
    rule: row.rule,
    state: acknowledgedAt ? 'acknowledged' : 'open',
    token: tokenId ? { id: tokenId, name: row.tokenName ?? tokenId, deleted: row.isDeleted } : null,
    owner: ownerId ? { id: ownerId, name: row.ownerName ?? ownerId } : null,
    address: row.address,
    reason: row.reason,
    requests: row.requests,
    firstAt: new Date(momentOf(row.firstId)).toISOString(),
    lastAt: new Date(momentOf(row.lastId)).toISOString(),
    figures: row.figures,
    suspendedAt: row.suspendedAt?.toISOString() ?? null,
    acknowledged: acknowledgedAt && { at: acknowledgedAt.toISOString(), by: row.acknowledgedBy ?? '', note: row.note },
    canAcknowledge: !acknowledgedAt && can(actor, 'alert.close'),
  };
}

async function count(where: Prisma.Sql): Promise<number> {
  const [row] = await db().$queryRaw<[{ count: number }]>`SELECT count(*)::int AS count FROM alert a WHERE ${where}`;
  return row.count;
}

/** Those that were raised, of the tokens that the actor may see; those of addresses concern whoever reads all of the log. */
function visible(actor: Actor): Prisma.Sql {
  if (can(actor, 'audit.read_all')) return Prisma.sql`a.raised_at IS NOT NULL`;
  return Prisma.sql`(a.raised_at IS NOT NULL AND a.owner_id = ${actor.userId}::uuid)`;
}

function selected({ state, rule, token }: AlertFilters): Prisma.Sql {
  const conditions = [Prisma.sql`TRUE`];
  if (state !== 'all')
    conditions.push(state === 'open' ? Prisma.sql`a.acknowledged_at IS NULL` : Prisma.sql`a.acknowledged_at IS NOT NULL`);
  if (rule !== 'all') conditions.push(Prisma.sql`a.rule = ${rule}`);
  if (token !== '') conditions.push(Prisma.sql`a.token_id = ${token}::uuid`);
  return Prisma.join(conditions, ' AND ');
}
