/** The migrated database that every test database is cloned from. */
export const TEMPLATE = 'latchkey_template';

/** SECRET_KEY of the tests. */
export const TEST_SECRET_KEY = Buffer.alloc(32, 7);
