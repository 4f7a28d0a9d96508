import { Pool } from 'pg';
import type { Logger } from 'pino';

const PATIENCE = 1000;

/** Whether the database answers. */
export type Pulse = {
  /** Asks it: true within a second, or false. Whoever asks meanwhile shares the answer. */
  beats: () => Promise<boolean>;
  close: () => Promise<void>;
};

/** The way to ask the database at `connectionString` whether it is there. Says in the log when that changes. */
export function takePulse(connectionString: string, log: Logger): Pulse {
  // A connection of its own: behind everybody's work, a busy database would look like one that is away.
  const pool = new Pool({
    connectionString,
    max: 1,
    connectionTimeoutMillis: PATIENCE,
    query_timeout: PATIENCE,
    idleTimeoutMillis: 60_000,
    application_name: 'latchkey pulse',
  });
  pool.on('error', () => {}); // the next question opens another connection, and finds out
  let underway: Promise<boolean> | undefined;
  let lately = true;

  async function ask(): Promise<boolean> {
    const answer = pool.query('SELECT 1').then(
      () => ({ beats: true, reason: '' }),
      ({ message }: Error) => ({ beats: false, reason: message }),
    );
    const { beats, reason } = await Promise.race([answer, late()]);
    if (beats !== lately) log.warn({ reason: reason || undefined }, beats ? 'the database answers again' : 'the database does not answer');
    lately = beats;
    underway = undefined;
    return beats;
  }

  return {
    beats() {
      underway ??= ask();
      return underway;
    },
    close: () => pool.end(),
  };
}

/** Connecting and asking may each take their time; together they have as much as one of them. */
function late(): Promise<{ beats: boolean; reason: string }> {
  return new Promise((done) => setTimeout(done, PATIENCE, { beats: false, reason: 'no answer in time' }).unref());
}
