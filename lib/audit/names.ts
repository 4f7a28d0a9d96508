import type { AuditMeanings, AuditSuggestion } from '@/lib/audit/schema';
import { unquoted } from '@/lib/audit/search';
import { db } from '@/lib/db';
import { Prisma } from '@/lib/generated/prisma/client';
import { uuid } from '@/lib/id';
import { type Actor, can } from '@/lib/permissions/permissions';

/** The most people or tokens that one filter text may stand for: each of them is looked up in the log. */
export const MOST_MATCHES = 100;

/**
 * The users that a filter text means: the one of that id, or those with the text in their name or e-mail address, in
 * any case. Nothing when they are more than MOST_MATCHES. Members' texts are held only against people whom their part of
 * the log names, so that nobody learns who else exists.
 */
export async function matchUsers(actor: Actor, text: string): Promise<string[] | undefined> {
  return match(
    text,
    (words) => Prisma.sql`
    SELECT u.id FROM "user" u
    WHERE ${visibleUsers(actor)} AND (strpos(lower(u.name), lower(${words})) > 0 OR strpos(lower(u.email), lower(${words})) > 0)
    LIMIT ${MOST_MATCHES + 1}`,
  );
}

/** Users and tokens that a filter text means; nothing when they are too many of either. */
export async function matchAny(actor: Actor, text: string): Promise<{ userIds: string[]; tokenIds: string[] } | undefined> {
  const id = uuid.safeParse(text).data;
  // What an id is not need not be looked for in the log.
  const [userIds, tokenIds] = id
    ? await Promise.all([exists(Prisma.sql`"user"`, id), exists(Prisma.sql`token`, id)])
    : await Promise.all([matchUsers(actor, text), matchTokens(actor, text)]);
  return userIds && tokenIds && { userIds, tokenIds };
}

/** The same for tokens, by name, deleted ones too. Members: among their own. */
export async function matchTokens(actor: Actor, text: string): Promise<string[] | undefined> {
  return match(
    text,
    (words) => Prisma.sql`
    SELECT t.id FROM token t WHERE ${visibleTokens(actor)} AND strpos(lower(t.name), lower(${words})) > 0 LIMIT ${MOST_MATCHES + 1}`,
  );
}

// As many as fit under a search box.
const SUGGESTED = 8;

/** Some of the people or tokens that a text may mean, of those whom the actor may see there; names that begin with it come first. */
export async function suggestNames(actor: Actor, kind: 'actor' | 'token', text: string): Promise<AuditSuggestion[]> {
  const words = text.trim().normalize('NFC');
  if (UNSTORED.test(words)) return [];
  const found =
    kind === 'actor'
      ? Prisma.sql`SELECT u.id, u.name, u.email AS detail FROM "user" u
          WHERE ${visibleUsers(actor)} AND (strpos(lower(u.name), lower(${words})) > 0 OR strpos(lower(u.email), lower(${words})) > 0)`
      : Prisma.sql`SELECT t.id, t.name, t.hint AS detail FROM token t WHERE ${visibleTokens(actor)} AND strpos(lower(t.name), lower(${words})) > 0`;
  return db().$queryRaw<AuditSuggestion[]>`
    SELECT id, name, detail FROM (${found}) s ORDER BY NOT starts_with(lower(name), lower(${words})), lower(name), id LIMIT ${SUGGESTED}`;
}

/** The names that ids in the filters stand for, of those whom the actor may see there; nothing for a text that is no id. */
export async function namesOf(actor: Actor, { q = '', actor: who = '', target = '', token = '' }: AuditMeanings): Promise<AuditMeanings> {
  const [anyId, actorId, targetId, tokenId] = [q, who, target, token].map((text) => uuid.safeParse(text.trim()).data);
  const [userIds, tokenIds] = [
    [anyId, actorId, targetId].filter((id) => id !== undefined),
    [anyId, tokenId].filter((id) => id !== undefined),
  ];
  const [users, tokens] = await Promise.all([
    userIds.length > 0
      ? db().$queryRaw<Named[]>`SELECT u.id, u.name FROM "user" u WHERE u.id = ANY(${userIds}::uuid[]) AND ${visibleUsers(actor)}`
      : [],
    tokenIds.length > 0
      ? db().$queryRaw<Named[]>`SELECT t.id, t.name FROM token t WHERE t.id = ANY(${tokenIds}::uuid[]) AND ${visibleTokens(actor)}`
      : [],
  ]);
  const nameOf = (id: string | undefined, among: Named[]) => among.find((one) => one.id === id)?.name;
  return {
    q: nameOf(anyId, [...users, ...tokens]),
    actor: nameOf(actorId, users),
    target: nameOf(targetId, users),
    token: nameOf(tokenId, tokens),
  };
}

type Named = { id: string; name: string };

function visibleUsers(actor: Actor): Prisma.Sql {
  if (can(actor, 'audit.read_all')) return Prisma.sql`TRUE`;
  const met = Prisma.sql`SELECT actor_id FROM audit_log.operation WHERE subject_id = ${actor.userId}::uuid`;
  return Prisma.sql`(u.id = ${actor.userId}::uuid OR u.id IN (${met}))`;
}

function visibleTokens(actor: Actor): Prisma.Sql {
  return can(actor, 'audit.read_all') ? Prisma.sql`TRUE` : Prisma.sql`t.owner_id = ${actor.userId}::uuid`;
}

async function exists(table: Prisma.Sql, id: string): Promise<string[]> {
  return (await db().$queryRaw<{ id: string }[]>`SELECT id FROM ${table} WHERE id = ${id}::uuid`).map((row) => row.id);
}

// PostgreSQL's text has neither, so no name has.
const UNSTORED = /[\p{Cs}\0]/u;

async function match(text: string, query: (words: string) => Prisma.Sql): Promise<string[] | undefined> {
  const id = uuid.safeParse(text);
  if (id.success) return [id.data];
  const words = unquoted(text).normalize('NFC');
  if (UNSTORED.test(words)) return [];
  const rows = await db().$queryRaw<{ id: string }[]>(query(words));
  return rows.length > MOST_MATCHES ? undefined : rows.map((row) => row.id);
}
