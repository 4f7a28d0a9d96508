import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FIRST_ADMIN } from './support/people';
import { newDataDir, startServer } from './support/server';

/** Starts the server that the stories share, on a folder of its own; what it printed is kept with the results. */
export default async function setup() {
  const dataDir = await newDataDir();
  const server = await startServer({
    dataDir: dataDir.path,
    env: { ADMIN_EMAIL: FIRST_ADMIN.email, ADMIN_PASSWORD: FIRST_ADMIN.password },
  });
  process.env.LATCHKEY_SHARED_SERVER = JSON.stringify({ url: server.url, dataDir: server.dataDir });
  return async () => {
    await server.end('SIGTERM');
    await dataDir.remove();
    const results = join(import.meta.dirname, '..', 'test-results');
    await mkdir(results, { recursive: true });
    await writeFile(join(results, 'server.log'), server.output());
    const errors = server.output().split('\n').filter(isError);
    if (errors.length > 0) throw new Error(`the server logged errors that no story expects:\n${errors.join('\n')}`);
  };
}

function isError(line: string): boolean {
  if (!line.startsWith('{')) return line.includes('⨯');
  return (JSON.parse(line) as { level: number }).level >= 50;
}
