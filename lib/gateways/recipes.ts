import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runtime } from '@/lib/runtime';

/** A piece of configuration: what goes where. `place`: a file's name; null for what is typed into a shell. */
export type RecipeBlock = { place: string | null; text: string };

// What the pages of docs/gateways stand for: Latchkey's address as a gateway on the same machine sees it, and a route's scopes.
const PORT = /(127\.0\.0\.1:|port_value: )3000\b/g;
const SCOPES = /orders\.read\+orders\.write/g;

/**
 * The configuration in docs/gateways/NAME.md, for this Latchkey's port and for `scopes` (none: as in the docs). The pages are the one place where recipes
 * stand, since the tests run gateways from their very text.
 */
export async function gatewayRecipe(name: string, scopes: readonly string[]): Promise<RecipeBlock[]> {
  const page = await readFile(join(process.cwd(), 'docs', 'gateways', `${name}.md`), 'utf8');
  return blocksOf(page).map(({ place, text }) => ({
    place,
    text: text.replace(PORT, `$1${runtime().env.port}`).replace(SCOPES, scopes.length > 0 ? scopes.join('+') : 'orders.read+orders.write'),
  }));
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
