import { defineConfig } from 'prisma/config';

// Migrations are applied by lib/boot/migrate.ts, not by the CLI; the CLI only generates the client.
export default defineConfig({ schema: 'prisma/schema.prisma', migrations: { path: 'prisma/migrations' } });
