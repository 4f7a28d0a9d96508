import type { z } from 'zod';
import { rulesOf } from '@/lib/alerts/rules';
import type { acknowledgeAlertInput, changeRuleInput, RuleName } from '@/lib/alerts/schema';
import { record } from '@/lib/audit/record';
import type { Changes } from '@/lib/audit/schema';
import { lock, type Tx, transaction } from '@/lib/db';
import { AppError } from '@/lib/errors';
import { type Actor, authorize } from '@/lib/permissions/permissions';

/**
 * Says that an alert was seen to, and how: it is no longer open. Refuses who is no administrator (`forbidden` to those who see it, its owner too),
 * `not_found`, and `changed_meanwhile` for one that somebody has acknowledged already: their note stays.
 */
export async function acknowledgeAlert(actor: Actor, { id, note }: z.infer<typeof acknowledgeAlertInput>): Promise<void> {
  await transaction(async (tx, now) => {
    await tx.$executeRaw`SELECT 1 FROM alert WHERE id = ${id}::uuid FOR UPDATE`;
    const alert = await tx.alert.findUnique({
      where: { id, raisedAt: { not: null } },
      select: { rule: true, tokenId: true, ownerId: true, acknowledgedAt: true },
    });
    if (!alert) throw new AppError('not_found');
    authorize(actor, 'alert.close', alert.ownerId ?? undefined);
    if (alert.acknowledgedAt) throw new AppError('changed_meanwhile');
    await tx.alert.update({ where: { id }, data: { acknowledgedAt: now, acknowledgedById: actor.userId, note }, select: { id: true } });
    await record(tx, now, actor, {
      event: 'alert.acknowledged',
      tokenId: alert.tokenId ?? undefined,
      subjectId: alert.ownerId ?? undefined,
      changes: { alert: [id, id], rule: [alert.rule, alert.rule], note: [null, note] },
    });
  });
}

/** Changes a rule and its thresholds: for what happens from then on. Refuses who is no administrator. */
export async function changeRule(actor: Actor, { rule, ...after }: z.infer<typeof changeRuleInput>): Promise<void> {
  authorize(actor, 'policy.write');
  await transaction(async (tx, now) => {
    await lock(tx, 'alert rules');
    const before = rulesOf(await tx.alertRule.findMany())[rule];
    const changes = changesOf(rule, { ...before.thresholds, enabled: before.enabled, suspends: before.suspends }, flat(after));
    if (Object.keys(changes).length === 1) return;
    await tx.alertRule.upsert({ where: { rule }, create: { rule, ...after }, update: after, select: { rule: true } });
    if (rule === 'rate' && changes.days) await forgetPeaks(tx);
    await record(tx, now, actor, { event: 'alert.rule_changed', changes });
  });
}

/** What was looked up of tokens’ pasts reached as far back as the rule did. */
async function forgetPeaks(tx: Tx): Promise<void> {
  // Taking turns with detectAlerts(), which changes the same rows in another order.
  await tx.$executeRaw`SELECT 1 FROM audit_consumer WHERE name = 'alerts' FOR UPDATE`;
  await tx.$executeRaw`UPDATE alert_token SET peak = NULL WHERE peak IS NOT NULL`;
}

type Values = Record<string, number | boolean>;

function flat({ thresholds, ...rest }: { thresholds: Record<string, number>; enabled: boolean; suspends: boolean }): Values {
  return { ...thresholds, ...rest };
}

/** What differs; the rule is named whatever changed. */
function changesOf(rule: RuleName, before: Values, after: Values): Changes {
  const different = Object.entries(after).filter(([name, value]) => before[name] !== value);
  return {
    rule: [rule, rule],
    ...Object.fromEntries(different.map(([name, value]) => [name, [before[name] ?? null, value] as const])),
  } as Changes;
}
