import { defineConfig } from '@playwright/test';
import { browserArgs, browserPath } from './scripts/browser.mjs';

const { CI, PLAYWRIGHT_JSON_OUTPUT_FILE } = process.env;

export default defineConfig({
  testDir: 'e2e',
  globalSetup: './e2e/global-setup.ts',
  fullyParallel: true,
  workers: 2,
  forbidOnly: CI !== undefined,
  // Where other work shares the machine a story may stumble once; `npm test` then names it as flaky.
  retries: PLAYWRIGHT_JSON_OUTPUT_FILE ? 1 : 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [['list'], ...(PLAYWRIGHT_JSON_OUTPUT_FILE ? [['json'] as const] : [])],
  use: {
    screenshot: 'only-on-failure',
    launchOptions: { executablePath: browserPath(), args: browserArgs },
  },
  projects: [
    { name: 'stories', testDir: 'e2e/stories' },
    // Apart from the stories: these keep both cores busy, and measure.
    { name: 'crashes', testDir: 'e2e/crashes', workers: 1, dependencies: ['stories'] },
  ],
});
