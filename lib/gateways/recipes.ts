import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runtime } from '@/lib/runtime';

/** A piece of configuration: what goes where. `place`: a file's name; null for what is typed into a shell. */
export type RecipeBlock = { place: string | null; text: string };

// What the pages of docs/gateways stand for: Latchkey's address as a gateway on the same machine sees it, and a route's scopes.
const PORT = /(127\.0\.0\.1:|port_value: )3000\b/g;
// A list of YAML's by itself, since a scope may look like a number there; in a string, joined by what the string joins with.
const LIST = /\[orders\.read, orders\.write\]/g;
const JOINED = /orders\.read([+ ])orders\.write/g;

/**
 * The configuration in docs/gateways/NAME.md, for this Latchkey's port and for `scopes` (none: as in the docs). The pages are the one place where recipes
 * stand, since the tests run gateways from their very text.
 */
export async function gatewayRecipe(name: string, scopes: readonly string[]): Promise<RecipeBlock[]> {
  const page = await readFile(join(process.cwd(), 'docs', 'gateways', `${name}.md`), 'utf8');
  return blocksOf(page).map(({ place, text }) => ({ place, text: withScopes(text.replace(PORT, `$1${runtime().env.port}`), scopes) }));
}

/** A recipe's text with these scopes in place of those that it stands for; with none, as it is. */
export function withScopes(text: string, scopes: readonly string[]): string {
  if (scopes.length === 0) return text;
  return text
    .replace(LIST, `[${scopes.map((scope) => JSON.stringify(scope)).join(', ')}]`)
    .replace(JOINED, (_, joint: string) => scopes.join(joint));
}

/** The fenced blocks of a page; each with the last file that the paragraph before it names. */
export function blocksOf(markdown: string): RecipeBlock[] {
  const blocks: RecipeBlock[] = [];
  for (const [, before = '', language, text = ''] of markdown.matchAll(/((?:[^\n]+\n)*)\n```(\w*)[^\n]*\n([\s\S]*?)\n```/g)) {
    const files = [...before.matchAll(/`([^`\s$]*[/.][^`\s$]*)`/g)]
      .map(([, file]) => file as string)
      .filter((file) => !file.includes('://'));
    blocks.push({ place: language === 'sh' ? null : (files.at(-1) ?? null), text });
  }
  return blocks;
}
