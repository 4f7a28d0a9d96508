import { describe, expect, test } from 'vitest';
import { db } from '@/lib/db';
import { AppError } from '@/lib/errors';
import type { Actor } from '@/lib/permissions/permissions';
import { createActor, testDatabase } from '@/lib/testing/database';
import { createToken, deleteToken } from '@/lib/tokens/commands';
import { getToken, listTokens, TOKENS_PER_PAGE } from '@/lib/tokens/queries';
import { tokenFilters } from '@/lib/tokens/schema';

testDatabase();

const DAY = 86_400_000;

async function issue(owner: Actor, name: string, description = ''): Promise<string> {
  const { id } = await createToken(owner, { name, description, expiration: { kind: 'never' } });
  return id;
}

async function names(owner: Actor, query: Record<string, string>): Promise<string[]> {
  const { rows } = await listTokens(owner, owner.userId, tokenFilters.parse(query));
  return rows.map((row) => row.name);
}

describe('the search', () => {
  test('finds names, descriptions and the end of the value, in any case', async () => {
    const owner = await createActor();
    await issue(owner, 'Deploy École', 'to production');
    const id = await issue(owner, 'Backup');
    await db().token.update({ where: { id }, data: { hint: 'lk_…Qx7z' } });
    expect(await names(owner, { q: 'deploy' })).toEqual(['Deploy École']);
    expect(await names(owner, { q: 'ÉCOLE' })).toEqual(['Deploy École']);
    expect(await names(owner, { q: 'e\u0301cole' })).toEqual(['Deploy École']);
    expect(await names(owner, { q: ' PRODUCTION ' })).toEqual(['Deploy École']);
    expect(await names(owner, { q: 'Qx7z' })).toEqual(['Backup']);
    expect(await names(owner, { q: 'nothing' })).toEqual([]);
  });

  test('means percent, underscore and backslash literally', async () => {
    const owner = await createActor();
    for (const name of ['100%', '100 percent', 'a_b', 'axb', 'back\\slash', 'backslash']) await issue(owner, name);
    expect(await names(owner, { q: '%' })).toEqual(['100%']);
    expect(await names(owner, { q: 'a_b' })).toEqual(['a_b']);
    expect(await names(owner, { q: '\\' })).toEqual(['back\\slash']);
    expect(await names(owner, { q: '\\%' })).toEqual([]);
    expect(await names(owner, { q: '%%' })).toEqual([]);
  });

  test.each(['\0', 'a\0b', '\ud800', "'", '"; --', '\\', '\\\\', '%\\', '\u202e'])('for %j is answered, not a failure', async (q) => {
    const owner = await createActor();
    await issue(owner, 'ci');
    expect((await listTokens(owner, owner.userId, tokenFilters.parse({ q }))).all).toBe(1);
  });
});

describe('the list', () => {
  test('filters by status and counts what fits', async () => {
    const owner = await createActor();
    const inDays = { active: 30, expiring: 3, expired: -1 };
    for (const [name, days] of Object.entries(inDays)) {
      const id = await issue(owner, name);
      await db().token.update({ where: { id }, data: { expiresAt: new Date(Date.now() + days * DAY) } });
    }
    await issue(owner, 'forever');
    await deleteToken(owner, { id: await issue(owner, 'deleted'), confirmName: 'deleted' });
    expect((await names(owner, { status: 'active' })).sort()).toEqual(['active', 'forever']);
    expect(await names(owner, { status: 'expiring' })).toEqual(['expiring']);
    expect(await names(owner, { status: 'expired' })).toEqual(['expired']);
    const { rows, total, all } = await listTokens(owner, owner.userId, tokenFilters.parse({ status: 'expired' }));
    expect([rows[0]?.status, total, all]).toEqual(['expired', 1, 4]);
  });

  test('sorts by each column both ways, tokens without a value last', async () => {
    const owner = await createActor();
    const [b, a, c] = [await issue(owner, 'b'), await issue(owner, 'A'), await issue(owner, 'c')];
    const moment = (days: number) => new Date(Date.now() + days * DAY);
    await db().token.update({ where: { id: a }, data: { expiresAt: moment(2), lastUsedAt: moment(-1) } });
    await db().token.update({ where: { id: b }, data: { expiresAt: moment(1) } });
    await db().token.update({ where: { id: c }, data: { lastUsedAt: moment(-2) } });
    expect(await names(owner, { sort: 'name', dir: 'asc' })).toEqual(['A', 'b', 'c']);
    expect(await names(owner, { sort: 'name', dir: 'desc' })).toEqual(['c', 'b', 'A']);
    expect(await names(owner, { sort: 'created', dir: 'asc' })).toEqual(['b', 'A', 'c']);
    expect(await names(owner, { sort: 'expires', dir: 'asc' })).toEqual(['b', 'A', 'c']);
    expect(await names(owner, { sort: 'expires', dir: 'desc' })).toEqual(['A', 'b', 'c']);
    expect(await names(owner, { sort: 'last_used', dir: 'asc' })).toEqual(['c', 'A', 'b']);
    expect(await names(owner, { sort: 'last_used', dir: 'desc' })).toEqual(['A', 'c', 'b']);
  });

  test('pages without gaps or doubles, and beyond the end is the last page', async () => {
    const owner = await createActor();
    const issued = await Promise.all(Array.from({ length: TOKENS_PER_PAGE + 3 }, (_, i) => issue(owner, `token ${i}`)));
    const pages = await Promise.all(['1', '2', '3'].map((page) => listTokens(owner, owner.userId, tokenFilters.parse({ page }))));
    expect(pages.map(({ rows, page, total }) => [rows.length, page, total])).toEqual([
      [TOKENS_PER_PAGE, 1, issued.length],
      [3, 2, issued.length],
      [3, 2, issued.length],
    ]);
    expect(new Set(pages.flatMap(({ rows }) => rows.map((row) => row.id)))).toEqual(new Set(issued));
  });

  test('shows one person’s tokens only, and nothing of a secret', async () => {
    const [owner, other] = [await createActor(), await createActor()];
    await issue(other, 'theirs');
    const { secret } = await createToken(owner, { name: 'mine', description: '', expiration: { kind: 'never' } });
    const page = await listTokens(owner, owner.userId, tokenFilters.parse({}));
    expect(page.rows.map((row) => row.name)).toEqual(['mine']);
    expect(JSON.stringify(page)).not.toContain(secret.slice(3, -4));
    expect(Object.keys(page.rows[0] ?? {})).not.toContain('secrets');
  });
});

test('a deleted token can be looked up, as deleted', async () => {
  const owner = await createActor();
  const id = await issue(owner, 'ci');
  await deleteToken(owner, { id, confirmName: 'ci' });
  expect((await getToken(owner, id)).status).toBe('deleted');
  await expect(getToken(await createActor(), id)).rejects.toBeInstanceOf(AppError);
});
