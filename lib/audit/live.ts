import { auditActivity } from '@/lib/audit/activity';
import { parseAuditQuery } from '@/lib/audit/filters';
import { keysetSql } from '@/lib/audit/keyset';
import { readEvents, resolveFilters } from '@/lib/audit/queries';
import type { AuditFigures, AuditQuery, NewerEvents } from '@/lib/audit/schema';
import { countEvents } from '@/lib/audit/totals';
import { databaseNow } from '@/lib/db';
import { AppError } from '@/lib/errors';
import { firstId } from '@/lib/id';
import type { Actor } from '@/lib/permissions/permissions';

// An event bears the moment at which it began and is seen once it is committed; refusals are stored within a second.
const OVERLAP = 2000;

/** More than this at once is no longer something to watch. */
const MOST = 500;

/** The moment from which on a page that is read now has to be told of new events. */
export async function liveSince(): Promise<string> {
  return (await databaseNow()).toISOString();
}

/**
 * What has come since that moment and fits the filters, the newest first; `more`: too much to give. What came in the two seconds before
 * it is there too, since some of it may not have been seen then: whoever asks knows by the ids. Refuses `invalid_input`.
 */
export async function listNewerEvents(actor: Actor, query: AuditQuery, since: string, timeZone: string): Promise<NewerEvents> {
  const { filters, problems } = parseAuditQuery({ ...query, cursor: '' }, timeZone);
  const { resolved } = Object.keys(problems).length > 0 ? {} : await resolveFilters(actor, filters);
  if (!resolved) throw new AppError('invalid_input');
  const asOf = await liveSince();
  const start = new Date(Date.parse(since) - OVERLAP);
  const rows = await readEvents(keysetSql(actor, { ...resolved, cursor: { id: firstId(start), newer: true } }, MOST + 1));
  return { rows: rows.slice(0, MOST).reverse(), asOf, more: rows.length > MOST };
}

/** How much happened and how many events fit, by now. Refuses `invalid_input`. */
export async function liveFigures(actor: Actor, query: AuditQuery, timeZone: string): Promise<AuditFigures> {
  const { filters, problems } = parseAuditQuery({ ...query, cursor: '' }, timeZone);
  if (Object.keys(problems).length > 0) throw new AppError('invalid_input');
  const [activity, total] = await Promise.all([auditActivity(actor, filters, timeZone), countEvents(actor, filters)]);
  return { activity, total };
}
