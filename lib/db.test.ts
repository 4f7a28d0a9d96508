import { expect, test, vi } from 'vitest';
import { withClient } from '@/lib/boot/roles';
import { db, onCommit, transaction } from '@/lib/db';
import { testDatabase } from '@/lib/testing/database';

const { adminUrl } = testDatabase();

test('a connection that is lost during the commit leaves it open whether the command was done, and says so', async () => {
  await withClient(adminUrl, (client) =>
    client.query(`
      CREATE FUNCTION hang_up() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
        $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
      CREATE CONSTRAINT TRIGGER hang_up AFTER UPDATE ON policy DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION hang_up();`),
  );
  const told = vi.fn();
  onCommit(told);
  const change = transaction((tx) => tx.policy.update({ where: { id: 1 }, data: { defaultLimitRequests: null }, select: { id: true } }));
  await expect(change).rejects.toMatchObject({ name: 'AppError', code: 'no_answer' });
  expect(told, 'what is cached must be doubted').toHaveBeenCalledOnce();
  await withClient(adminUrl, (client) => client.query('DROP TRIGGER hang_up ON policy'));
});

test('what the work throws is thrown on, and is no commit', async () => {
  const told = vi.fn();
  onCommit(told);
  const failed = transaction(async (tx) => {
    await tx.policy.update({ where: { id: 1 }, data: { defaultLimitRequests: 5 }, select: { id: true } });
    throw new Error('no');
  });
  await expect(failed).rejects.toThrow('no');
  expect(told).not.toHaveBeenCalled();
  expect(
    (await db().policy.findUniqueOrThrow({ where: { id: 1 }, select: { defaultLimitRequests: true } })).defaultLimitRequests,
  ).toBeNull();
});
