import { expect, test } from 'vitest';
import { db, pool } from '@/lib/db';
import { testDatabase } from '@/lib/testing/database';
import { isUnavailable } from '@/lib/unavailable';

testDatabase();

const raise = (code: string) => `DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '${code}'; END $$`;
const failure = (work: Promise<unknown>) => work.then(() => undefined).catch((error: unknown) => error);

test.each(['57P01', '57P02', '57P03', '53300'])('a database that says %s is away, whichever way it was asked', async (code) => {
  expect(isUnavailable(await failure(pool().query(raise(code))))).toBe(true);
  expect(isUnavailable(await failure(db().$executeRawUnsafe(raise(code))))).toBe(true);
});

test('a mistake of ours is no absence of the database', async () => {
  expect(isUnavailable(await failure(db().$executeRawUnsafe('SELECT 1/0')))).toBe(false);
  expect(isUnavailable(await failure(db().$executeRawUnsafe(raise('22023'))))).toBe(false);
});
