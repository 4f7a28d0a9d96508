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

// The advisory lock that a migration holds while it runs.
const SCRIPT_LOCK = '7809644627822568829';
const ifRecorded = (statement: string) => `DO $$ BEGIN IF to_regclass('_prisma_migrations') IS NOT NULL THEN ${statement}; END IF; END $$`;
const UNFINISHED = 'finished_at IS NULL AND rolled_back_at IS NULL';

/**
 * Gives up migrations that were begun and never finished: whoever ran them was ended, and PostgreSQL rolled back what they did. Waits for one that
 * still runs. Without it the engine refuses to go on (P3009) until somebody mends its table by hand.
 */
export const forgetInterrupted = `
  SELECT pg_advisory_xact_lock(${SCRIPT_LOCK});
  ${ifRecorded(`UPDATE _prisma_migrations SET rolled_back_at = now() WHERE ${UNFINISHED}`)}`;

/**
 * Sends a migration to PostgreSQL as it is written, in one piece: PostgreSQL runs it as one transaction, and function bodies
 * stay whole. (Prisma's adapter cuts scripts at every semicolon.) That it is finished is recorded in the same transaction, so that what is not
 * recorded was not done.
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
  const finish = ifRecorded(`UPDATE _prisma_migrations SET finished_at = now(), applied_steps_count = 1 WHERE ${UNFINISHED}`);
  adapter.executeScript = async (script) => {
    await adapter.underlyingDriver().query(`SELECT pg_advisory_xact_lock(${SCRIPT_LOCK});\n${script}\n;${finish}`);
  };
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
