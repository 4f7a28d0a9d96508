import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import type { MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm/schema_engine_bg';

type Bindings = typeof import('@prisma/schema-engine-wasm/schema_engine_bg') & { __wbg_set_wasm(exports: WebAssembly.Exports): void };

let bindings: Promise<Bindings> | undefined;

/**
 * Prisma's own schema engine, in WebAssembly: the same migrations as `prisma migrate deploy`, without the binary that its
 * CLI would download. `url` is a PostgreSQL connection string. Free it with `engine.free()`.
 */
export async function openSchemaEngine(url: string): Promise<SchemaEngine> {
  bindings ??= loadBindings();
  const { SchemaEngine } = await bindings;
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg({ connectionString: url }));
  return SchemaEngine.new({ datamodels: undefined }, () => {}, adapter);
}

async function loadBindings(): Promise<Bindings> {
  const path = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const loaded = (await import(pathToFileURL(path).href)) as Bindings;
  const module = await WebAssembly.compile(await readFile(join(dirname(path), 'schema_engine_bg.wasm')));
  const instance = await WebAssembly.instantiate(module, { './schema_engine_bg.js': loaded as unknown as WebAssembly.ModuleImports });
  loaded.__wbg_set_wasm(instance.exports);
  (instance.exports.__wbindgen_start as () => void)();
  return loaded;
}

/** The migrations of prisma/migrations as the engine wants them. `root` is the project's folder. */
export async function readMigrations(root: string): Promise<MigrationList> {
  const baseDir = join(root, 'prisma', 'migrations');
  const entries = (await readdir(baseDir, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const migrationDirectories = await Promise.all(
    entries.sort().map(async (path) => {
      const content = await readFile(join(baseDir, path, 'migration.sql'), 'utf8');
      return { path, migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: content } } };
    }),
  );
  const lockfile = { path: 'migration_lock.toml', content: await readFile(join(baseDir, 'migration_lock.toml'), 'utf8') };
  return { baseDir, lockfile, shadowDbInitScript: '', migrationDirectories };
}
