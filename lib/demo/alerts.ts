import type { RuleName } from '@/lib/alerts/schema';
import { eventRow, iso, type Row } from '@/lib/demo/rows';
import { by, type Member } from '@/lib/demo/staff';
import { momentOf, newId } from '@/lib/id';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

type Seen = { rule: RuleName; address: string; reason: string; token?: Row; figures: Row; note: string };

/**
 * What was unusual in the first weeks, and was seen to: its alerts, and the events about them. What came later is left to the rules, which
 * look at the whole history once the demo runs.
 */
export function oldAlerts(log: readonly Row[], tokens: readonly Row[], admin: Member): { alerts: Row[]; events: Row[] } {
  const named = (name: string) => tokens.find((token) => token.name === name);
  const burst = { requests: 100, minutes: 5 };
  const once = { requests: 1, minutes: 60 };
  const seen: Seen[] = [
    {
      rule: 'address_burst',
      address: '203.0.113.201',
      reason: 'malformed',
      figures: burst,
      note: 'Keys tried at random. Blocked at the firewall.',
    },
    {
      rule: 'dead_value',
      address: '192.0.2.9',
      reason: 'deleted',
      token: named('Old storefront'),
      figures: once,
      note: 'The old shop’s cron job; switched off.',
    },
    {
      rule: 'dead_value',
      address: '192.0.2.37',
      reason: 'deleted',
      token: named('Jump host'),
      figures: once,
      note: 'A forgotten script of ours.',
    },
  ];
  const all = seen.map((one) => seenTo(one, log, admin));
  return { alerts: all.map(({ alert }) => alert).filter((alert) => alert !== undefined), events: all.flatMap(({ events }) => events) };
}

function seenTo({ rule, address, reason, token, figures, note }: Seen, log: readonly Row[], admin: Member): { alert?: Row; events: Row[] } {
  const fits = (row: Row) => row.ip === address && row.reason === reason && row.token_id === (token?.id ?? null);
  const first = log.find(fits);
  if (!first) return { events: [] };
  // Another night of the same is another matter.
  const events = log.filter((row) => fits(row) && at(row) < at(first) + 3 * 24 * HOUR);
  const last = events.at(-1) ?? first;
  const raisedAt = at(first) + 3000;
  const acknowledgedAt = at(last) + 5 * HOUR;
  const id = newId(raisedAt);
  const requests = events.reduce((sum, { count }) => sum + Number(count), 0);
  const about = { token_id: token?.id ?? null, subject_id: token?.owner_id ?? null };
  const raised = { alert: [null, id], rule: [null, rule], address: [null, address], requests: [null, Number(first.count)] };
  return {
    alert: {
      ...{ id, rule, address, figures, requests, note, subject: token ? `${token.id} ${reason} ${address}` : address },
      ...{
        token_id: about.token_id,
        owner_id: about.subject_id,
        reason: token ? reason : null,
        first_id: first.id ?? null,
        last_id: last.id ?? null,
      },
      ...{ raised_at: iso(raisedAt), acknowledged_at: iso(acknowledgedAt), acknowledged_by_id: admin.id },
    },
    events: [
      eventRow({ ...about, at: raisedAt, event: 'alert.raised', actor_type: 'system', changes: raised }),
      eventRow({
        ...about,
        ...by(admin),
        at: acknowledgedAt,
        event: 'alert.acknowledged',
        changes: { alert: [id, id], rule: [rule, rule], note: [null, note] },
      }),
    ],
  };
}

function at(row: Row): number {
  return momentOf(String(row.id));
}
