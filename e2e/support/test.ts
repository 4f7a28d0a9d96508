import { type BrowserContext, type BrowserContextOptions, test as base, expect, type Page } from '@playwright/test';
import { closeDatabase } from '@/lib/db';
import type { Role } from '@/lib/permissions/permissions';
import { joinServer } from './database';
import { type Faults, watch } from './faults';
import { addPerson, type Person, signInOver } from './people';
import { endDatabase, newDataDir, type Server, startServer } from './server';

type Visitor = { page: Page; context: BrowserContext; faults: Faults };
type SignedIn = Visitor & { person: Person };

type Settings = Record<string, string>;

type Fixtures = {
  /** A browser of its own; what goes wrong in it fails the test. */
  visit: (options?: BrowserContextOptions) => Promise<Visitor>;
  /** A browser in which a new user of this role, or somebody known, is signed in. */
  signedIn: (who: Role | Person, options?: BrowserContextOptions) => Promise<SignedIn>;
  /** A server for this test alone: on an empty folder, and the next time on the same folder and port. */
  ownServer: (env?: Settings | ((port: number) => Settings)) => Promise<Server>;
};

type WorkerFixtures = {
  /** The server that all stories share, without knowing of one another. */
  shared: { url: string; dataDir: string };
};

export const test = base.extend<Fixtures, WorkerFixtures>({
  shared: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures from this pattern
    async ({}, use) => {
      const shared = JSON.parse(process.env.LATCHKEY_SHARED_SERVER ?? '');
      await joinServer(shared);
      await use(shared);
      await closeDatabase();
    },
    { scope: 'worker' },
  ],

  baseURL: async ({ shared }, use) => use(shared.url),

  // `ownServer` only so that servers end after the browsers that look at them.
  visit: async ({ browser, baseURL, ownServer: _ }, use) => {
    const visitors: Visitor[] = [];
    await use(async (options) => {
      const context = await browser.newContext({ baseURL, locale: 'en-GB', timezoneId: 'Europe/Amsterdam', ...options });
      const visitor = { context, faults: watch(context), page: await context.newPage() };
      visitors.push(visitor);
      return visitor;
    });
    await Promise.all(visitors.map(({ context }) => context.close()));
    expect(visitors.flatMap(({ faults }) => faults.found())).toEqual([]);
  },

  signedIn: async ({ visit, shared }, use) => {
    await use(async (who, options) => {
      const visitor = await visit(options);
      const person = typeof who === 'string' ? await addPerson(who) : who;
      await signInOver(visitor.context.request, shared.url, person);
      return { ...visitor, person };
    });
  },

  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures from this pattern
  ownServer: async ({}, use) => {
    const dataDir = await newDataDir();
    const servers: Server[] = [];
    await use(async (env) => {
      const server = await startServer({ dataDir: dataDir.path, port: servers[0]?.port, env });
      servers.push(server);
      return server;
    });
    for (const server of servers) await server.end('SIGTERM');
    await endDatabase(dataDir.path);
    await dataDir.remove();
  },
});

export { expect };
