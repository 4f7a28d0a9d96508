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
 * CLI would download. `url` is a PostgreSQL connection string. Its connections end with `work`.
 */
export async function withSchemaEngine<T>(url: string, work: (engine: SchemaEngine) => Promise<T>): Promise<T> {
  bindings ??= loadBindings();
  const { SchemaEngine } = await bindings;
  const factory = new WholeScripts({ connectionString: url });
  try {
    const engine = await SchemaEngine.new({ datamodels: undefined }, () => {}, bindMigrationAwareSqlAdapterFactory(factory));
    try {
      return await work(engine);
    } finally {
      engine.free();
    }
  } finally {
    await factory.close();
  }
}

type Adapter = Awaited<ReturnType<PrismaPg['connect']>>;

/**
 * Sends a migration to PostgreSQL as it is written, in one piece: PostgreSQL runs it as one transaction, and function bodies
 * stay whole. (Prisma's adapter cuts scripts at every semicolon.)
 */
class WholeScripts extends PrismaPg {
  readonly #adapters: Adapter[] = [];

  override async connect() {
    const adapter = whole(await super.connect());
    this.#adapters.push(adapter);
    return adapter;
  }

  override async connectToShadowDb() {
    return whole(await super.connectToShadowDb()); // the engine itself disposes of a shadow database
  }

  async close(): Promise<void> {
    await Promise.all(this.#adapters.splice(0).map((adapter) => adapter.dispose()));
  }
}

function whole(adapter: Adapter): Adapter {
  adapter.executeScript = async (script) => void (await adapter.underlyingDriver().query(script));
  return adapter;
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
