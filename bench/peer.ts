import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { load } from '@/bench/gate';
import { makeTokens, serve } from '@/bench/gates';
import { openWorld, stop, type World } from '@/bench/world';
import { withClient } from '@/lib/boot/roles';

const FOLDER = 'bench/peer';
const KEYS = 200;
const WANTED = { postgres: 50, memory: 10 };

/** /verify, every access on disk before its answer, beside better-auth's API-key plugin, which logs none: over the same PostgreSQL, and in memory. */
export async function benchPeer(): Promise<void> {
  install();
  const world = await openWorld();
  const servers: ChildProcess[] = [];
  try {
    const secrets = (await makeTokens(KEYS)).map(({ secret }) => secret);
    const gate = await serve('gate', world);
    servers.push(gate.child);
    await load(gate.url, secrets, { connections: 64 }); // warm
    const own = await load(gate.url, secrets, { connections: 64 });
    const rows = [{ what: '/verify, 64 connections', ...own }];
    for (const storage of ['postgres', 'memory'] as const) {
      const peer = await servePeer(storage, world);
      servers.push(peer.child);
      await load(peer.url, peer.keys, { connections: 64 }); // warm
      const theirs = await load(peer.url, peer.keys, { connections: 64 });
      rows.push({ what: `better-auth, ${storage}, 64 connections`, ...theirs });
      const ratio = own['requests/s'] / theirs['requests/s'];
      console.log(`/verify strict beside better-auth (${storage}): ${ratio.toFixed(0)} times (wanted: ${WANTED[storage]})`);
    }
    console.table(rows);
  } finally {
    await Promise.all(servers.map(stop));
    await world.close();
  }
}

/** The peer is no dependency of Latchkey's: it is installed when somebody wants to compare. */
function install(): void {
  if (existsSync(`${FOLDER}/node_modules`)) return;
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: FOLDER, stdio: 'inherit' });
  if (status !== 0) throw new Error(`npm ci in ${FOLDER} failed`);
}

async function servePeer(storage: keyof typeof WANTED, world: World): Promise<{ url: string; keys: string[]; child: ChildProcess }> {
  const url = new URL(world.ownerUrl);
  if (storage === 'postgres') {
    await withClient(world.ownerUrl, (client) => client.query('CREATE SCHEMA peer'));
    url.searchParams.set('options', '-c search_path=peer');
  }
  const child = fork(`${FOLDER}/server.mjs`, [storage, String(KEYS)], { env: { ...process.env, DATABASE_URL: url.toString() } });
  const { port, keys } = await new Promise<{ port: number; keys: string[] }>((told, failed) => {
    child.once('message', told);
    child.once('exit', (code) => failed(new Error(`the peer ended with ${code}`)));
  });
  return { url: `http://127.0.0.1:${port}/`, keys, child };
}
