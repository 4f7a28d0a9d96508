import cluster, { type Worker } from 'node:cluster';
import type { Logger } from 'pino';
import { AggregatorRegistry, type Registry } from 'prom-client';
import { answerSiblings } from '@/lib/boot/siblings';
import { deriveKeys } from '@/lib/keys';
import { installRuntime, type Runtime } from '@/lib/runtime';

/** What a worker needs of its parent, sent over their private channel: an environment could be read by others. */
type Briefing = { databaseUrl: string; ledgerUrl: string; secretKey: string };

const BRIEFING_WANTED = 'briefing wanted';
const METRICS_WANTED = 'metrics wanted';

// In the parent it gathers, in a worker it answers; both sides of it listen once it is made.
const aggregator = new AggregatorRegistry();

// A stop of a worker takes at most 8.5 seconds (shutdown.ts).
const LIMIT = 9000;
const PAUSE = 1000;

/** The processes that serve, under one that boots. */
export type Workers = {
  /** Resolves when all of them listen; rejects when one ends before. */
  ready: Promise<void>;
  /** Asks all to end, waits for them, and ends those that do not. */
  stop: () => Promise<void>;
};

/**
 * Starts `count` processes that share the port, each as server.ts runs it over the booted `runtime`. One that dies is replaced.
 * `program` is the path of the bundled server.
 */
export function startWorkers(count: number, program: string, { databaseUrl, ledgerUrl, log }: Runtime, secretKey: Buffer): Workers {
  cluster.setupPrimary({ exec: program, args: [] });
  const briefing: Briefing = { databaseUrl, ledgerUrl, secretKey: secretKey.toString('base64') };
  const answer = answerSiblings();
  let isStopping = false;

  function launch(): Worker {
    const worker = cluster.fork();
    answer(worker);
    // What was being sent to one that died; without a listener this process would end too.
    worker.on('error', (error) => log.warn({ err: error, pid: worker.process.pid }, 'a worker was not reached'));
    worker.on('message', (message) => {
      // When it asks: what is sent before it listens would be lost.
      if (message === BRIEFING_WANTED) worker.send(briefing);
      if (message === METRICS_WANTED) answerMetrics(worker).catch((error) => log.warn({ err: error }, 'metrics not gathered'));
    });
    return worker;
  }

  function replace(worker: Worker, code: number | null, signal: string | null): void {
    if (isStopping) return;
    log.error({ pid: worker.process.pid, code, signal }, 'a worker ended; another takes its place');
    setTimeout(() => {
      if (!isStopping) launch();
    }, PAUSE);
  }

  const first = Array.from({ length: count }, launch);
  const ready = Promise.all(first.map(untilListening)).then(() => {
    cluster.on('exit', replace);
    // One may have died while the last of the others got ready.
    for (const worker of first) if (worker.isDead()) replace(worker, worker.process.exitCode, worker.process.signalCode);
  });

  return {
    ready,
    async stop() {
      isStopping = true;
      const alive = Object.values(cluster.workers ?? {}).filter((worker): worker is Worker => worker !== undefined && !worker.isDead());
      const timer = setTimeout(() => {
        for (const worker of alive) worker.process.kill('SIGKILL');
      }, LIMIT);
      await Promise.all(
        alive.map((worker) => {
          const ended = new Promise((done) => worker.once('exit', done));
          worker.process.kill('SIGTERM');
          return ended;
        }),
      );
      clearTimeout(timer);
    },
  };
}

/** Everybody's figures, added up, to the worker that asks for them. */
async function answerMetrics(worker: Worker): Promise<void> {
  const metrics = await aggregator.clusterMetrics();
  if (worker.isConnected()) worker.send({ metrics });
}

async function untilListening(worker: Worker): Promise<void> {
  await new Promise<void>((listening, failed) => {
    worker.once('listening', () => listening());
    // Its own words are on the terminal already.
    worker.once('exit', () => failed(new Error('A worker could not start: see above.')));
  });
}

/** In a worker: the runtime that its parent booted. */
export async function joinParent(env: Runtime['env'], log: Logger): Promise<Runtime> {
  const { databaseUrl, ledgerUrl, secretKey } = await briefed();
  const runtime: Runtime = { env, keys: deriveKeys(Buffer.from(secretKey, 'base64')), log, databaseUrl, ledgerUrl };
  installRuntime(runtime);
  return runtime;
}

function briefed(): Promise<Briefing> {
  return new Promise((done) => {
    // Other words may come first: what asks for figures asks those that are still starting too.
    process.on('message', function listen(message: Partial<Briefing>) {
      const { databaseUrl, ledgerUrl, secretKey } = message;
      if (databaseUrl === undefined || ledgerUrl === undefined || secretKey === undefined) return;
      process.off('message', listen);
      done({ databaseUrl, ledgerUrl, secretKey });
    });
    process.send?.(BRIEFING_WANTED);
  });
}

/** Gives what tells the figures in `registry`: this process's, or where several serve those of all. */
export function gatherMetrics(registry: Registry): () => Promise<string> {
  if (!cluster.isWorker) return () => registry.metrics();
  AggregatorRegistry.setRegistries(registry);
  return () =>
    new Promise((told, failed) => {
      const timer = setTimeout(() => settle(new Error('The parent gathers no metrics')), LIMIT);
      const listen = (message: { metrics?: string }) => {
        if (message.metrics !== undefined) settle(message.metrics);
      };
      function settle(result: string | Error): void {
        clearTimeout(timer);
        process.off('message', listen);
        if (result instanceof Error) failed(result);
        else told(result);
      }
      process.on('message', listen);
      process.send?.(METRICS_WANTED);
    });
}
