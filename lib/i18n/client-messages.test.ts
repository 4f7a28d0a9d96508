import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';

// Pages carry only the messages that their layouts name; a client component without its own shows keys instead of words.

const root = join(import.meta.dirname, '../..');
const sources = new Map(
  ['app', 'components', 'lib']
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) => `${folder}/${path}`))
    .filter((path) => /\.tsx?$/.test(path) && !path.includes('.test.') && !path.startsWith('lib/generated/'))
    .map((path) => [path, readFileSync(join(root, path), 'utf8')]),
);
const entries = [...sources.keys()].filter(
  (path) => /^app\/.*(page|error|not-found|layout)\.tsx$/.test(path) && !path.endsWith('global-error.tsx'),
);

describe('The messages that a page carries', () => {
  test.each(entries)('are those that its client components speak from: %s', (path) => {
    const given = namespacesGiven(path);
    expect([...namespacesSpoken(path)].filter((name) => !given.has(name))).toEqual([]);
  });

  test('are none that nothing on it speaks from', () => {
    for (const layout of entries.filter((path) => path.endsWith('/layout.tsx') && path !== 'app/layout.tsx')) {
      const below = entries.filter((path) => path.startsWith(`${dirname(layout)}/`));
      const spoken = new Set(below.flatMap((path) => [...namespacesSpoken(path)]));
      expect({ layout, unused: namesIn(layout).filter((name) => !spoken.has(name)) }).toEqual({ layout, unused: [] });
    }
  });
});

/** Named by the layouts around a file, the base of all pages included. */
function namespacesGiven(path: string): Set<string> {
  const layouts = entries.filter((one) => one.endsWith('layout.tsx') && path.startsWith(`${dirname(one)}/`));
  return new Set(['components/shell/messages.tsx', ...layouts].flatMap(namesIn));
}

function namesIn(path: string): string[] {
  const calls = [...(sources.get(path) ?? '').matchAll(/(?:messagesOf\(|<Messages of=\{)\[([^\]]*)\]/g)];
  return calls.flatMap(([, names = '']) => [...names.matchAll(/'(\w+)'/g)].map(([, name = '']) => name));
}

/** Spoken from by the client components that a file imports, however far away. */
function namespacesSpoken(path: string, isClient = false, seen = new Set<string>(), found = new Set<string>()): Set<string> {
  const source = sources.get(path) ?? '';
  const runsInBrowser = isClient || source.startsWith("'use client'");
  const visit = `${path} ${runsInBrowser}`;
  if (seen.has(visit) || source.startsWith("'use server'")) return found;
  seen.add(visit);
  if (runsInBrowser) for (const [, name = ''] of source.matchAll(/useTranslations\(['`]([a-z]\w*)/g)) found.add(name);
  for (const [, module = ''] of source.replaceAll(/import type [^;]*;/g, '').matchAll(/(?:from|import\()\s*'@\/([^']+)'/g)) {
    for (const file of [`${module}.ts`, `${module}.tsx`]) if (sources.has(file)) namespacesSpoken(file, runsInBrowser, seen, found);
  }
  return found;
}
