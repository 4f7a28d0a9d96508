import type { ClientBase } from 'pg';
import type { Logger } from 'pino';
import { openAgents } from '@/lib/streams/agents';
import { deliverNext } from '@/lib/streams/deliver';
import { Pace } from '@/lib/streams/pace';

// What is on its way when everything stops has so long to arrive, in milliseconds: less than the leader's last round.
const LAST_MOMENT = 2000;

const DUE = `SELECT id FROM sink
  WHERE enabled AND (next_try_at IS NULL OR next_try_at <= clock_timestamp())
    AND position <= (SELECT coalesce(max(number), -1) FROM audit_leaf)`;

/** Keeps every stream moving, each by itself: one whose target hangs holds neither a connection to the database nor the others. */
export class StreamRunner {
  readonly #running = new Map<string, Promise<void>>();
  readonly #paces = new Map<string, Pace>();

  constructor(private readonly log: Logger) {}

  /** One round of the background: starts the streams that are due and do not run. Once stopping, waits for those that run. */
  async round(client: Pick<ClientBase, 'query'>, signal: AbortSignal): Promise<boolean> {
    if (!signal.aborted) {
      const { rows } = await client.query<{ id: string }>(DUE);
      for (const { id } of rows) if (!this.#running.has(id)) this.#start(id, signal);
    } else {
      await Promise.all(this.#running.values());
    }
    return false;
  }

  #start(id: string, stopping: AbortSignal): void {
    const cut = new AbortController();
    const stop = () => setTimeout(() => cut.abort(), LAST_MOMENT).unref();
    stopping.addEventListener('abort', stop, { once: true });
    const pace = this.#paces.get(id) ?? new Pace();
    this.#paces.set(id, pace);
    // Connections stay open until the stream has caught up.
    const agents = openAgents();
    const work = async () => {
      while (!stopping.aborted && (await deliverNext(id, cut.signal, { pace, agents })));
    };
    const running = work()
      // The database is away, as a rule: the next round finds the stream where it stood.
      .catch((error: Error) => this.log.warn({ reason: error.message, streamId: id }, 'stream interrupted; it is tried again'))
      .finally(() => {
        agents.close();
        stopping.removeEventListener('abort', stop);
        this.#running.delete(id);
      });
    this.#running.set(id, running);
  }
}
