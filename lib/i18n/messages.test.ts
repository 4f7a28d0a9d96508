import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type MessageFormatElement, parse, TYPE } from '@formatjs/icu-messageformat-parser';
import { describe, expect, test } from 'vitest';
import { errorCodes, ruleNames } from '@/lib/errors';
import { locales } from '@/lib/i18n/locales';
import { namespaces } from '@/lib/i18n/namespaces';

type Tree = { [key: string]: string | Tree };

const folder = join(import.meta.dirname, 'messages');
const [reference, ...others] = locales;

function messagesOf(locale: string, namespace: string): Map<string, string> {
  return new Map(flatten(JSON.parse(readFileSync(join(folder, locale, `${namespace}.json`), 'utf8'))));
}

function flatten(tree: Tree, prefix = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[prefix + key, value] as [string, string]] : flatten(value, `${prefix}${key}.`),
  );
}

/** The arguments and tags of a message; `{count, plural, …}` and `{count}` are not the same. */
function argumentsOf(elements: MessageFormatElement[]): string[] {
  const found = elements.flatMap((element) => {
    if (element.type === TYPE.literal || element.type === TYPE.pound) return [];
    const own = `${TYPE[element.type]} ${element.value}`;
    if (element.type === TYPE.tag) return [own, ...argumentsOf(element.children)];
    if (element.type !== TYPE.plural && element.type !== TYPE.select) return [own];
    return [own, ...Object.values(element.options).flatMap((option) => argumentsOf(option.value))];
  });
  return [...new Set(found)].sort();
}

test('every language has exactly the files of the namespaces', () => {
  for (const locale of locales) {
    expect(readdirSync(join(folder, locale)).sort()).toEqual(namespaces.map((name) => `${name}.json`).sort());
  }
});

describe.each(namespaces)('%s', (namespace) => {
  const expected = messagesOf(reference, namespace);

  test.each(others)('%s has the same keys as English, none empty', (locale) => {
    const messages = messagesOf(locale, namespace);
    expect([...messages.keys()].sort()).toEqual([...expected.keys()].sort());
    expect([...messages].filter(([, text]) => text.trim() === '')).toEqual([]);
  });

  test.each(others)('%s takes the same arguments as English', (locale) => {
    for (const [key, text] of messagesOf(locale, namespace)) {
      expect(argumentsOf(parse(text)), `${locale} ${namespace}.${key}`).toEqual(argumentsOf(parse(expected.get(key) ?? '')));
    }
  });
});

test('every error code and every rule has its words, and no other', () => {
  const keys = [...messagesOf(reference, 'errors').keys()];
  expect(keys.sort()).toEqual([...errorCodes, ...ruleNames.map((rule) => `rules.${rule}`)].sort());
});
