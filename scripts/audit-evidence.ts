// npm run audit:evidence -- [--checkpoint FILE]… ID…: what shows these events to have been in the log, and the log to continue the checkpoints in
// the files; one JSON object on each line, for audit:verify --evidence.
import { parseArgs } from 'node:util';
import { evidenceOf } from '@/lib/audit/ledger/evidence';
import { readNote } from '@/lib/audit/ledger/note';
import { attach } from '@/lib/boot/attach';
import { createLog } from '@/lib/boot/log';
import { withClient } from '@/lib/boot/roles';
import { parseEnv } from '@/lib/env';
import { uuid } from '@/lib/id';
import { readCheckpoints } from '@/scripts/checkpoint-files';

async function main(): Promise<boolean> {
  const { values, positionals } = parseArgs({ options: { checkpoint: { type: 'string', multiple: true } }, allowPositionals: true });
  const earlier = (await readCheckpoints(values.checkpoint ?? [])).map((note) => readNote(note)?.size ?? 0n);
  const ids = positionals.map((text) => {
    const id = uuid.safeParse(text);
    if (!id.success) throw new Error(`${text} is not the id of an event`);
    return id.data;
  });
  if (ids.length === 0) throw new Error('Name the events by their ids: npm run audit:evidence -- ID…');
  const database = await attach(parseEnv(), createLog({ logLevel: 'warn' }));
  try {
    return await withClient(database.url, async (client) => {
      let isWhole = true;
      for (const id of ids) {
        const evidence = await evidenceOf(client, id, { earlier });
        if (evidence) console.log(JSON.stringify(evidence));
        else console.error(`There is no event ${id}, or it is not yet sealed`);
        isWhole &&= evidence !== null;
      }
      return isWhole;
    });
  } finally {
    await database.close();
  }
}

main().then(
  (isWhole) => process.exit(isWhole ? 0 : 1),
  (error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  },
);
