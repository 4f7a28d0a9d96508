import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import autocannon from 'autocannon';
import { from as copyFrom } from 'pg-copy-streams';
import { makeTokens, serve } from '@/bench/gates';
import { openWorld, stop } from '@/bench/world';
import { withClient } from '@/lib/boot/roles';
import { newId } from '@/lib/id';
import { runtime } from '@/lib/runtime';
import { digestSecret, drawSecret } from '@/lib/tokens/secret';

const TOKENS = Number(process.env.BENCH_TOKENS ?? 1_000_000);
const WANTED = 512;

/** What the gate's process needs after each of so many live tokens was used once and as many that do not exist were tried. */
export async function benchMemory(): Promise<void> {
  const world = await openWorld();
  const gate = await serve('gate', world);
  try {
    const rows = [{ after: 'start', 'resident MB': await resident(gate.child.pid), 'requests/s': 0, refused: 0 }];
    const live = await loadTokens(world.ownerUrl);
    for (const [after, secrets] of [
      [`${TOKENS} live tokens used`, live],
      [`${TOKENS} others tried`, Array.from({ length: TOKENS }, () => drawSecret(runtime().env.tokenPrefix))],
    ] as const) {
      const { requests, non2xx } = await tryEach(gate.url, secrets);
      rows.push({ after, 'resident MB': await resident(gate.child.pid), 'requests/s': Math.round(requests.average), refused: non2xx });
    }
    console.table(rows);
    const most = Math.max(...rows.map((row) => row['resident MB']));
    console.log(`the gate's process at most: ${most} MB (wanted: less than ${WANTED})`);
  } finally {
    await stop(gate.child);
    await world.close();
  }
}

/** Live tokens of one owner, written as they are stored; gives their secrets. */
async function loadTokens(ownerUrl: string): Promise<string[]> {
  const [first] = await makeTokens(1);
  const { env, keys } = runtime();
  const secrets = Array.from({ length: TOKENS }, () => drawSecret(env.tokenPrefix));
  const ids = new Map(secrets.map((secret) => [secret, newId(Date.now())]));
  const now = new Date().toISOString();
  await withClient(ownerUrl, async (client) => {
    const copy = (into: string, row: (secret: string) => string) =>
      pipeline(Readable.from(secrets).map(row), client.query(copyFrom(`COPY ${into} FROM STDIN`)));
    await copy(
      'token (id, owner_id, name, name_key, hint, created_at)',
      (secret) => `${ids.get(secret)}\t${first?.owner.userId}\tnamed\t${ids.get(secret)}\tlk\t${now}\n`,
    );
    await copy('token_secret (digest, key_id, token_id, created_at)', (secret) => {
      const { digest, keyId } = digestSecret(secret, keys);
      return `\\\\x${digest.toString('hex')}\t${keyId}\t${ids.get(secret)}\t${now}\n`;
    });
    await client.query('VACUUM ANALYZE token, token_secret');
  });
  return secrets;
}

/** Each of them once, over 64 connections. */
function tryEach(url: string, secrets: readonly string[]) {
  let next = 0;
  return autocannon({
    url,
    connections: 64,
    amount: secrets.length,
    requests: [{ setupRequest: (request) => ({ ...request, headers: { 'x-api-key': secrets[next++ % secrets.length] as string } }) }],
  });
}

async function resident(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
}
