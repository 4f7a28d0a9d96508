import { expect, test } from 'vitest';
import { formatKey, isSignedBy, parseKey, readNote, signerOf, signNote } from '@/lib/audit/ledger/note';
import { deriveKeys } from '@/lib/keys';

const signer = signerOf(deriveKeys(Buffer.alloc(32, 1)));
const checkpoint = { number: 7n, size: 12_345_678_901n, root: Buffer.alloc(32, 9), at: new Date('2026-11-21T11:24:25.123Z') };
const note = signNote(checkpoint, signer);

test('a note is read as it was signed, and its key travels as text', () => {
  expect(readNote(note)).toEqual(checkpoint);
  const key = parseKey(formatKey(signer.verifier));
  expect(key && isSignedBy(note, key)).toBe(true);
  expect(note.split('\n')[0]).toBe(signer.verifier.name);
});

test('another key, or any other byte of the note, is not believed', () => {
  expect(isSignedBy(note, signerOf(deriveKeys(Buffer.alloc(32, 2))).verifier)).toBe(false);
  for (let place = 0; place < note.length; place++) {
    for (const other of ['0', '\n', 'é', '']) {
      if (note[place] === other) continue;
      const altered = note.slice(0, place) + other + note.slice(place + 1);
      expect(isSignedBy(altered, signer.verifier), JSON.stringify(altered)).toBe(false);
    }
  }
});

test('what is no key and what is no note is refused', () => {
  const text = formatKey(signer.verifier);
  for (const bad of ['', 'x', text.slice(1), text.slice(0, -4), text.replace('+', '-'), `${text}=`]) expect(parseKey(bad), bad).toBeNull();
  for (const bad of ['', note.trim(), note.replace('number', 'n'), note.replace('.123Z', 'Z'), `${note}\n`])
    expect(readNote(bad)).toBeNull();
});
