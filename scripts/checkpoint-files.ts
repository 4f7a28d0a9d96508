import { readFile } from 'node:fs/promises';
import { readNote, splitNotes } from '@/lib/audit/ledger/note';

/** The checkpoints in these files, one or many in each. Refuses a file that cannot be read, or has none, or something else that looks like one. */
export async function readCheckpoints(files: readonly string[]): Promise<string[]> {
  return (await Promise.all(files.map(readNotes))).flat();
}

async function readNotes(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new Error(`--checkpoint: ${file} cannot be read: ${error.message}`);
  });
  // One that was copied by hand may lack its last line's end.
  const notes = splitNotes(`${text}\n`);
  if (notes.length === 0) throw new Error(`--checkpoint: there is no checkpoint in ${file}`);
  const unread = notes.find((note) => readNote(note) === null);
  if (unread !== undefined) throw new Error(`--checkpoint: this in ${file} is no checkpoint of Latchkey's:\n${unread}`);
  return notes;
}
