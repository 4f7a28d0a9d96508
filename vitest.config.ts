import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { alias: { '@': fileURLToPath(new URL('.', import.meta.url)) } },
  // Modules marked server-only throw elsewhere than in React's server graph.
  ssr: { resolve: { conditions: ['react-server'] } },
  test: {
    include: ['lib/**/*.test.ts', 'app/**/*.test.ts', 'components/**/*.test.{ts,tsx}', 'e2e/gateways/*.test.ts', 'packages/**/*.test.ts'],
    globalSetup: 'lib/testing/global-setup.ts',
    setupFiles: ['lib/testing/properties.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Other work may share the machine: what is waited for may take its time.
    expect: { poll: { timeout: 10_000 } },
  },
});
