import { describe, expect, test } from 'vitest';
import { withClient } from '@/lib/boot/roles';
import { testDatabase } from '@/lib/testing/database';

const database = testDatabase();

describe('the application, whatever it is made to say,', () => {
  test.each(['SET ROLE NONE', 'RESET ROLE', "SELECT set_config('role', 'none', false)"])(
    'works as a role that may not touch events that were written, also after %s',
    async (attempt) => {
      await withClient(database.url, async (client) => {
        await client.query(attempt);
        const attempts = ['DELETE FROM audit_event', 'UPDATE audit_event SET count = 2', 'TRUNCATE audit_event'];
        const rebuilds = [
          'ALTER TABLE audit_event DISABLE TRIGGER ALL',
          'DROP TABLE audit_event',
          'SET session_replication_role = replica',
        ];
        for (const statement of [...attempts, ...rebuilds]) {
          await expect(client.query(statement), statement).rejects.toMatchObject({ code: '42501' });
        }
      });
    },
  );

  test.each(['SET ROLE latchkey', 'SET ROLE postgres', 'SET SESSION AUTHORIZATION latchkey'])(
    'cannot become another: %s',
    async (attempt) => {
      await withClient(database.url, (client) => expect(client.query(attempt)).rejects.toMatchObject({ code: '42501' }));
    },
  );

  test('cannot change what was sealed and signed, nor make a pending leaf another', async () => {
    await withClient(database.url, async (client) => {
      for (const table of ['audit_leaf', 'audit_node', 'audit_checkpoint']) {
        for (const statement of [
          `DELETE FROM ${table}`,
          `TRUNCATE ${table}`,
          `UPDATE ${table} SET ${table === 'audit_node' ? 'level' : 'number'} = 1`,
        ])
          await expect(client.query(statement), statement).rejects.toMatchObject({ code: '42501' });
      }
      await expect(client.query('UPDATE audit_pending SET events = 2')).rejects.toMatchObject({ code: '42501' });
    });
    await withClient(database.adminUrl, async (client) => {
      for (const table of ['audit_leaf', 'audit_node', 'audit_checkpoint'])
        await expect(client.query(`DELETE FROM ${table}`), table).rejects.toThrow(`${table} is append-only`);
    });
  });

  test('cannot make another key pass for the one that the data was made with', async () => {
    await withClient(database.url, (client) =>
      expect(client.query("UPDATE key_check SET key_id = 'x'")).rejects.toMatchObject({ code: '42501' }),
    );
  });
});
