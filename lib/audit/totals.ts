import { countWithin } from '@/lib/audit/count';
import type { AuditFilters } from '@/lib/audit/filters';
import { countableSql } from '@/lib/audit/keyset';
import { resolveFilters } from '@/lib/audit/queries';
import type { AuditPage, AuditTotal } from '@/lib/audit/schema';
import { limitConcurrency } from '@/lib/concurrency';
import type { Actor } from '@/lib/permissions/permissions';
import { runtime } from '@/lib/runtime';

/** Events are counted up to so many. */
export const MOST_COUNTED = 10_000;

/** So long a count may take, in milliseconds: a figure beside the log is worth no more. */
const BUDGET = 50;

// Counts must not take the connections that pages and the gate need.
const counting = limitConcurrency(2, 16);

/** How many events fit, on all pages, of those that `actor` may see: exactly, or `more` than MOST_COUNTED. Null where counting takes longer than BUDGET. */
export async function totalOf(actor: Actor, filters: AuditFilters, page: AuditPage, budget = BUDGET): Promise<AuditTotal | null> {
  if (Object.keys(page.problems).length > 0) return null;
  if (!filters.cursor && !page.olderCursor) return { count: page.rows.length, more: false };
  return countEvents(actor, filters, budget);
}

/** The same without a page; null where it cannot be counted in so many milliseconds. The log does not fail for want of a figure beside it. */
export async function countEvents(actor: Actor, filters: AuditFilters, budget = BUDGET): Promise<AuditTotal | null> {
  try {
    const { resolved } = await resolveFilters(actor, filters);
    if (!resolved) return null;
    const n = await counting(() => countWithin(countableSql(actor, { ...resolved, cursor: undefined }, MOST_COUNTED + 1), budget));
    return n === null ? null : { count: Math.min(n, MOST_COUNTED), more: n > MOST_COUNTED };
  } catch (error) {
    // Too many are counted already.
    if ((error as { code?: string }).code !== 'unavailable') runtime().log.warn({ err: error }, 'events could not be counted');
    return null;
  }
}
