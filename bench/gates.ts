import { type ChildProcess, fork } from 'node:child_process';
import { build } from 'esbuild';
import type { World } from '@/bench/world';
import { db } from '@/lib/db';
import { newId } from '@/lib/id';
import type { Actor } from '@/lib/permissions/permissions';
import { createToken } from '@/lib/tokens/commands';
import type { IssuedToken } from '@/lib/tokens/schema';

/** Runs bench/serve.ts in a process of its own: the gate, a bare handler beside it, or one that does little but store. With `CHANNEL` open a gate hears of changes as an instance does. */
export async function serve(
  kind: 'bare' | 'stored' | 'rows' | 'gate',
  { settings, applicationUrl, ledgerUrl }: World,
  ACCESS_LOG = 'strict',
  CHANNEL = 'cut',
): Promise<{ url: string; child: ChildProcess }> {
  const outfile = 'dist/bench-serve.mjs';
  await build({
    entryPoints: ['bench/serve.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'warning',
  });
  // Those that only store need a table of their own: the tables' owner makes it.
  const DATABASE_URL = kind === 'stored' || kind === 'rows' ? settings.DATABASE_URL : applicationUrl;
  const child = fork(outfile, [kind], { env: { ...process.env, ...settings, ACCESS_LOG, CHANNEL, DATABASE_URL, LEDGER_URL: ledgerUrl } });
  const port = await new Promise((heard) => child.once('message', heard));
  return { url: `http://127.0.0.1:${port}/verify`, child };
}

/** A user of the benchmark's own, and so many tokens of theirs. */
export async function makeTokens(count: number): Promise<(IssuedToken & { owner: Actor })[]> {
  const userId = newId(Date.now());
  const email = `${userId}@example.org`;
  await db().user.create({ data: { id: userId, email, emailKey: email, name: 'Bench', role: 'member', createdAt: new Date() } });
  const origin = { ip: null, userAgent: null, requestId: null };
  const actor: Actor = {
    userId,
    sessionId: userId,
    role: 'member',
    name: 'Bench',
    email,
    timeZone: null,
    theme: 'system',
    locale: null,
    origin,
  };
  const tokens: (IssuedToken & { owner: Actor })[] = [];
  for (let n = 0; n < count; n++) {
    const token = await createToken(actor, { name: `token ${n}`, description: '', expiration: { kind: 'days', days: 30 } });
    tokens.push({ ...token, owner: actor });
  }
  return tokens;
}
