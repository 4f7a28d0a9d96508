import { readFile } from 'node:fs/promises';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { consumeEverything, sealEverything } from '@/bench/ledger';
import { loadAudit, loadedId } from '@/bench/load-audit';
import { BENCH_PASSWORD, signIn } from '@/bench/sign-in';
import { openWorld, percentile, startLatchkey, stop } from '@/bench/world';
import { hashPassword } from '@/lib/auth/passwords';
import { withClient } from '@/lib/boot/roles';

const TIMES = 60;
const EVENTS = Number(process.env.BENCH_EVENTS ?? 1_000_000);
const DAY = 86_400_000;

/** Pages over 1,000 tokens of one person and a million events, a server action, and how much script each page loads. */
export async function benchConsole(): Promise<void> {
  const world = await openWorld();
  try {
    const until = new Date();
    const passwordHash = await hashPassword(BENCH_PASSWORD);
    await withClient(world.ownerUrl, async (client) => {
      await loadAudit(client, { events: EVENTS, tokens: 1000, users: 50, days: 90, until });
      await client.query('UPDATE "user" SET password_hash = $1', [passwordHash]);
      await client.query(MORE_TOKENS, [loadedId('user', 4), until]);
    });
    // Not while pages are measured.
    await sealEverything(world.ledgerUrl);
    await consumeEverything(world.applicationUrl);
    const { url, child } = await startLatchkey(world.settings);
    try {
      await measure(url, until);
    } finally {
      await stop(child);
    }
  } finally {
    await world.close();
  }
}

const MORE_TOKENS = `
  INSERT INTO token (id, owner_id, name, name_key, hint, created_at, expires_at)
  SELECT gen_random_uuid(), $1, 'job ' || n, 'job ' || n, 'lk_…' || lpad(n::text, 4, '0'), $2::timestamptz - n * interval '1 hour', $2::timestamptz + (n - 100) * interval '1 hour'
  FROM generate_series(1, 1000) n`;

async function measure(url: string, until: Date): Promise<void> {
  const admin = await signIn(url, 'person1@example.org');
  const member = await signIn(url, 'person4@example.org');
  const from = new Date(until.getTime() - 45 * DAY).toISOString();
  const token = loadedId('token', 7);
  const pages: [string, string, string][] = [
    ['/tokens, 1,000 tokens', member, '/tokens'],
    ['/tokens, a late page by last use', member, '/tokens?sort=last_used&page=30'],
    ['/tokens, search', member, '/tokens?q=77'],
    ['/tokens/ID, usage of 90 days', admin, `/tokens/${token}?usage=90d`],
    ['/overview, 24 hours', admin, '/overview'],
    ['/overview, 90 days', admin, '/overview?usage=90d'],
    ['/overview, a member, 90 days', member, '/overview?usage=90d'],
    ['/users', admin, '/users'],
    ['/profile', member, '/profile'],
    ['/audit, everything', admin, '/audit'],
    ['/audit, a member', member, '/audit'],
    ['/audit, refused', admin, '/audit?outcome=refused'],
    ['/audit, one token', admin, `/audit?token=${token}`],
    ['/audit, one person', admin, '/audit?actor=person9%40example.org'],
    ['/audit, rare event before a date', admin, `/audit?event=token.regenerated&to=${from}`],
    ['/audit, one address', admin, '/audit?ip=10.20.0.9'],
    ['/audit, range of addresses', admin, '/audit?ip=203.0.113.0/24'],
    ['/audit, person and refused', admin, '/audit?actor=person40%40example.org&outcome=refused'],
    ['/audit, all filters', admin, `/audit?event=token.used&actor=person2%40example.org&token=ci&outcome=ok&ip=10.20.0.0/16&from=${from}`],
    ['/audit, deep', admin, await deepPage(url, admin)],
  ];
  const rows = [];
  for (const [what, cookie, path] of pages) rows.push({ what, ...(await time(() => get(url, path, cookie))), limit: 100 });
  rows.push({ what: 'server action: rename', ...(await timeAction(url, member)), limit: 150 });
  console.table(rows);
  console.table(await scriptSizes(url, admin));
}

async function time(once: () => Promise<unknown>): Promise<{ 'p50 ms': number; 'p95 ms': number }> {
  for (let n = 0; n < 8; n++) await once();
  const taken: number[] = [];
  for (let n = 0; n < TIMES; n++) {
    const start = performance.now();
    await once();
    taken.push(performance.now() - start);
  }
  return { 'p50 ms': Math.round(percentile(taken, 0.5)), 'p95 ms': Math.round(percentile(taken, 0.95)) };
}

async function get(url: string, path: string, cookie: string): Promise<string> {
  const answer = await fetch(url + path, { headers: { cookie }, redirect: 'manual' });
  const html = await answer.text();
  if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}`);
  return html;
}

/** The address of a page deep in the log: a cursor made of the id in its middle. */
async function deepPage(url: string, cookie: string): Promise<string> {
  let path = '/audit';
  for (let n = 0; n < 20; n++) {
    const html = await get(url, path, cookie);
    const next = /href="(\/audit\?[^"]*cursor=[^"]*)"[^>]*>(?:(?!<\/a>).)*Older/.exec(html)?.[1];
    if (!next) break;
    path = next.replaceAll('&amp;', '&');
  }
  return path;
}

/** Renames one token to and fro, as the page's dialog does. */
async function timeAction(url: string, cookie: string) {
  const manifest = JSON.parse(await readFile('.next/server/server-reference-manifest.json', 'utf8'));
  const entries = Object.entries(manifest.node as Record<string, { exportedName: string }>);
  const action = entries.find(([, { exportedName }]) => exportedName === 'renameTokenAction')?.[0] ?? '';
  const id = /"id":"([0-9a-f-]{36})","name":"job/.exec((await get(url, '/tokens?q=job+500', cookie)).replaceAll('\\"', '"'))?.[1];
  let n = 0;
  return time(async () => {
    const answer = await fetch(`${url}/tokens?q=job`, {
      method: 'POST',
      headers: { cookie, origin: url, 'next-action': action, 'content-type': 'text/plain;charset=UTF-8', accept: 'text/x-component' },
      body: JSON.stringify([{ id, name: `job renamed ${n++}` }]),
    });
    const text = await answer.text();
    if (!text.includes('"ok":true')) throw new Error(`the action answered ${answer.status} ${text.slice(0, 200)}`);
  });
}

/** Compressed size of all scripts that a page's HTML names, in kB. */
async function scriptSizes(url: string, cookie: string) {
  const rows = [];
  for (const path of ['/login', '/tokens', '/audit', '/users', '/profile', `/users/${loadedId('user', 4)}`]) {
    // A noModule script is for browsers that know no modules: no browser that can show the console loads it.
    const html = (await get(url, path, path === '/login' ? '' : cookie)).replaceAll(/<script[^>]*noModule[^>]*>/gi, '');
    const sources = new Set([...html.matchAll(/\/_next\/static\/[^"'\\ ]+\.js/g)].map(([source]) => source));
    const scripts = await Promise.all([...sources].map(async (source) => Buffer.from(await (await fetch(url + source)).arrayBuffer())));
    const total = (compress: (script: Buffer) => Buffer) =>
      Math.round(scripts.reduce((sum, script) => sum + compress(script).length, 0) / 1000);
    rows.push({
      page: path.replace(/[0-9a-f-]{36}/, 'ID'),
      scripts: sources.size,
      'gzip kB': total((script) => gzipSync(script)),
      'brotli kB': total((script) => brotliCompressSync(script)),
      limit: 200,
    });
  }
  return rows;
}
