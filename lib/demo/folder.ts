import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { exists, makeFolder, writePrivate } from '@/lib/boot/files';

const MARK = 'demo';

/**
 * Marks `dataDir` as the demo's own. Refuses a folder that has something in it and no mark: a demo never goes over data that
 * somebody may need.
 */
export async function claimDemoFolder(dataDir: string): Promise<void> {
  await makeFolder(dataDir);
  const mark = join(dataDir, MARK);
  if (await exists(mark)) return;
  if ((await readdir(dataDir)).length > 0)
    throw new Error(`${dataDir} is not empty, and the demo has not made what is in it. Set DATA_DIR to another folder, or leave it out.`);
  await writePrivate(mark, 'This folder holds a demo of Latchkey. Nothing in it is needed: delete it to begin anew.\n');
}
