import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as later } from 'node:timers/promises';
import { gatewayPath } from '@/scripts/gateways.mjs';

/** Ports: the gateway’s own, one more that it may use, and those of Latchkey and the service; and where its files are. */
type Place = { port: number; spare: number; latchkey: number; service: number; folder: string };

/** How a recipe is started: its files by name, made from the page, and the program's arguments. */
export type Setup = {
  name: string;
  files: (page: string, place: Place) => Record<string, string>;
  args: (folder: string) => string[];
};

const LIMIT = 10_000;

/** Starts the gateway with the configuration that stands on its page in docs/gateways, and waits until it listens. */
export async function startGateway({ name, files, args }: Setup, ports: { latchkey: number; service: number }) {
  const program = gatewayPath(name);
  if (!program) throw new Error(`${name} is not installed`);
  const folder = await mkdtemp(join(tmpdir(), `latchkey-${name}-`));
  const [port, spare] = await freePorts();
  const page = await readFile(`docs/gateways/${name}.md`, 'utf8');
  for (const [file, text] of Object.entries(files(page, { ...ports, port, spare, folder }))) await writeFile(join(folder, file), text);
  const child = spawn(program, args(folder), {
    cwd: folder,
    env: { ...process.env, HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const stop = async () => {
    if (child.exitCode === null) {
      child.kill('SIGKILL');
      await once(child, 'close');
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilListening(port, () => {
      if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`);
    });
  } catch (error) {
    await stop();
    throw new Error(`${(error as Error).message}:\n${output}`);
  }
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    output: () => output,
    stop,
  };
}

/** The first block of a page that is fenced as `fence`. */
export function fencedBlock(page: string, fence: string): string {
  const block = new RegExp(`^\`\`\`${fence}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(page)?.[1];
  if (!block) throw new Error(`the page has no block fenced as ${fence}`);
  return block;
}

/** Two at once, so that they differ. */
async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()] as const;
  const ports = await Promise.all(
    servers.map(async (server) => {
      await once(server.listen(0, '127.0.0.1'), 'listening');
      return (server.address() as AddressInfo).port;
    }),
  );
  for (const server of servers) server.close();
  return ports as [number, number];
}

async function untilListening(port: number, check: () => void): Promise<void> {
  for (const deadline = Date.now() + LIMIT; ; ) {
    check();
    const socket = connect(port, '127.0.0.1');
    const isListening = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isListening) return;
    if (Date.now() > deadline) throw new Error(`nothing listens on port ${port}`);
    await later(20);
  }
}
