import type { z } from 'zod';
import { parseAuditQuery } from '@/lib/audit/filters';
import { record } from '@/lib/audit/record';
import {
  type AuditView,
  auditQuery,
  type auditViewIdInput,
  type renameViewInput,
  type saveViewInput,
  type updateViewInput,
} from '@/lib/audit/schema';
import { db, lock, type Tx, transaction, unlessTaken } from '@/lib/db';
import { AppError } from '@/lib/errors';
import { newId } from '@/lib/id';
import { type Actor, authorize, can } from '@/lib/permissions/permissions';
import { foldKey } from '@/lib/text';
import { defaultFilters, hrefOf, parseFilters } from '@/lib/url';

/** As many views one person may have. */
export const MOST_VIEWS = 50;

// More are not listed: whoever shares as many no longer finds anything.
const MOST_LISTED = 500;

/** The actor's own views and, for those who see all of the log, the shared ones, by name: filters name people, tokens and addresses. */
export async function listViews(actor: Actor): Promise<AuditView[]> {
  const rows = await db().auditView.findMany({
    where: { OR: [{ ownerId: actor.userId }, ...(can(actor, 'audit.read_all') ? [{ shared: true }] : [])] },
    select: { id: true, name: true, shared: true, query: true, ownerId: true, owner: { select: { name: true } } },
    orderBy: [{ nameKey: 'asc' }, { id: 'asc' }],
    take: MOST_LISTED,
  });
  return rows.map(({ ownerId, owner, ...view }) => {
    const isOwn = ownerId === actor.userId;
    return { ...view, isOwn, owner: owner.name, mayChange: isOwn || (view.shared && can(actor, 'audit.curate')) };
  });
}

/**
 * Keeps filters, zone and columns under a name, as they stand in the page's address; never a place in the log. Refuses a filter that makes
 * no sense (`invalid_input`), a name that is taken, more than MOST_VIEWS, and a shared one of who may not share.
 */
export async function saveView(actor: Actor, { name, shared, query }: z.infer<typeof saveViewInput>): Promise<{ id: string }> {
  if (shared) authorize(actor, 'audit.share');
  const kept = keptQuery(query);
  return transaction(async (tx, now) => {
    await lock(tx, `views:${actor.userId}`);
    if ((await tx.auditView.count({ where: { ownerId: actor.userId } })) >= MOST_VIEWS)
      throw new AppError('too_many_views', { values: { most: MOST_VIEWS } });
    const id = newId(now);
    const data = { id, ownerId: actor.userId, name, nameKey: foldKey(name), shared, query: kept, createdAt: now };
    await unlessTaken(tx.auditView.create({ data, select: { id: true } }), nameTaken(name));
    if (shared) await record(tx, now, actor, { event: 'audit.view_saved', changes: { view: [null, name], query: [null, kept] } });
    return { id };
  });
}

/** Refuses `not_found`, `forbidden` for somebody else's shared view, and a name that is taken. */
export async function renameView(actor: Actor, { id, name }: z.infer<typeof renameViewInput>): Promise<void> {
  await transaction(async (tx, now) => {
    const view = await lockView(tx, actor, id);
    // Everybody reads its name: who may no longer share may no longer choose it.
    if (view.shared && !can(actor, 'audit.share')) throw new AppError('forbidden');
    if (view.name === name) return;
    const data = { name, nameKey: foldKey(name) };
    await unlessTaken(tx.auditView.update({ where: { id }, data, select: { id: true } }), nameTaken(name));
    if (view.shared)
      await record(tx, now, actor, { event: 'audit.view_renamed', subjectId: view.owner_id, changes: { view: [view.name, name] } });
  });
}

/**
 * Has one's own view keep other filters, zone and columns. Refuses `not_found`, also when it was deleted meanwhile; `forbidden` for somebody else's shared
 * view, and for one's own of who may no longer share; and a filter that makes no sense.
 */
export async function updateView(actor: Actor, { id, query }: z.infer<typeof updateViewInput>): Promise<void> {
  const kept = keptQuery(query);
  await transaction(async (tx, now) => {
    const view = await lockView(tx, actor, id);
    // Who curates takes away what should not be there, and puts nothing under another's name.
    if (view.owner_id !== actor.userId || (view.shared && !can(actor, 'audit.share'))) throw new AppError('forbidden');
    if (view.query === kept) return;
    await tx.auditView.update({ where: { id }, data: { query: kept }, select: { id: true } });
    const changes = { view: [view.name, view.name], query: [view.query, kept] } satisfies Record<string, [string, string]>;
    if (view.shared) await record(tx, now, actor, { event: 'audit.view_changed', subjectId: view.owner_id, changes });
  });
}

/** Refuses `not_found`, and `forbidden` for somebody else's shared view. */
export async function deleteView(actor: Actor, { id }: z.infer<typeof auditViewIdInput>): Promise<void> {
  await transaction(async (tx, now) => {
    const view = await lockView(tx, actor, id);
    await tx.auditView.delete({ where: { id }, select: { id: true } });
    const changes = { view: [view.name, null], query: [view.query, null] } satisfies Record<string, [string, null]>;
    if (view.shared) await record(tx, now, actor, { event: 'audit.view_deleted', subjectId: view.owner_id, changes });
  });
}

/** The address's query, without what is of one moment; of a repeated parameter the first counts, as on the page. */
function keptQuery(text: string): string {
  const query = { ...parseFilters(auditQuery, Object.fromEntries([...new URLSearchParams(text)].reverse())), cursor: '', id: '', view: '' };
  if (Object.keys(parseAuditQuery(query, 'UTC').problems).length > 0) throw new AppError('invalid_input');
  return hrefOf('', query, defaultFilters(auditQuery)).slice(1);
}

type Locked = { name: string; shared: boolean; owner_id: string; query: string };

/** The view, until the transaction ends, for who may change it. Somebody's private one is not there for anybody else, a shared one for who sees no others. */
async function lockView(tx: Tx, actor: Actor, id: string): Promise<Locked> {
  const [view] = await tx.$queryRaw<Locked[]>`SELECT name, shared, owner_id, query FROM audit_view WHERE id = ${id}::uuid FOR UPDATE`;
  const isShown = view?.owner_id === actor.userId || (view?.shared && can(actor, 'audit.read_all'));
  if (!view || !isShown) throw new AppError('not_found');
  if (view.owner_id !== actor.userId && !can(actor, 'audit.curate')) throw new AppError('forbidden');
  return view;
}

function nameTaken(name: string): AppError {
  return new AppError('view_name_taken', { field: 'name', values: { name } });
}
