import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from 'vitest';
import { LONGEST_HEAD } from '@/lib/gate/request';
import type { Gate } from '@/lib/gate/verify';

/** Gives the test file a way to serve gates over HTTP, each at an address of its own; they end with the file. */
export function testGates(): {
  /** Gives the address of the gate's /verify. */
  serve: (gate: Gate) => Promise<string>;
  /** Resolves when what was asked of all of them is in the log. */
  drained: () => Promise<void>;
} {
  const served: { gate: Gate; server: Server }[] = [];
  const drained = async () => {
    for (const { gate } of served) await gate.drained();
  };
  afterAll(async () => {
    await drained();
    for (const { server } of served) {
      server.closeAllConnections();
      server.close();
    }
  });
  return {
    drained,
    async serve(gate) {
      const server = createServer({ maxHeaderSize: LONGEST_HEAD }, gate.handle);
      await once(server.listen(0, '127.0.0.1'), 'listening');
      served.push({ gate, server });
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}/verify`;
    },
  };
}
