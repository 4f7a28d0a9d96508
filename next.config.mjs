import createNextIntlPlugin from 'next-intl/plugin';

const withNextIntl = createNextIntlPlugin({
  requestConfig: './lib/i18n/request.ts',
  // Messages are parsed at build time: their parser is 9 kB of script that no page has to load.
  experimental: { messages: { path: './lib/i18n/messages', format: 'json', locales: 'infer', precompile: true } },
});

/** @type {import('next').NextConfig} */
const config = {
  poweredByHeader: false,
  // A page's own icon is named in its head, which streams in: until then some browsers ask for the one of old.
  redirects: async () => [{ source: '/favicon.ico', destination: '/icon.svg', permanent: true }],
  generateBuildId: () => process.env.LATCHKEY_BUILD_ID ?? null,
  reactStrictMode: true,
  // No picture goes through the optimiser: nobody shall make the server fetch addresses and scale images.
  images: { unoptimized: true },
  // In development Next prints what server actions are called with: passwords among them.
  logging: { serverFunctions: false },
  serverExternalPackages: ['@node-rs/argon2', 'pg', 'pino', '@prisma/client', '@prisma/adapter-pg'],
  experimental: { serverActions: { bodySizeLimit: '64kb' } },
  // Without the tests and benchmarks, whose packages are not there after npm ci --omit=dev.
  typescript: { tsconfigPath: 'tsconfig.build.json' },
};

export default withNextIntl(config);
