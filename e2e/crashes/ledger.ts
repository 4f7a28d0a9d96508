import type { Client } from 'pg';
import { expect } from '../support/test';

type Life = { name: string; id?: string; acknowledged: string[]; uncertain?: string };

/** What the outside was told, to be compared with what the database holds. */
export class Ledger {
  readonly lives: Life[] = [];
  /** Ids of the requests that were answered 200 by the gate. */
  readonly passed: string[] = [];
  /** What was answered although it must not be. */
  readonly broken: string[] = [];

  /** Begins the life of a token whose generation is about to be asked for. */
  begin(name: string): Life {
    const life: Life = { name, acknowledged: [], uncertain: 'token.created' };
    this.lives.push(life);
    return life;
  }

  get operations(): number {
    return this.lives.reduce((sum, life) => sum + life.acknowledged.length, 0);
  }

  /** Nothing acknowledged is missing or doubled, and nothing is half done. */
  async reconcile(client: Client): Promise<void> {
    expect(this.broken).toEqual([]);
    await this.#reconcileOperations(client);
    await this.#reconcileAccesses(client);
    expect(await halfDone(client)).toEqual([]);
  }

  async #reconcileOperations(client: Client): Promise<void> {
    const { rows } = await client.query<{ name: string; id: string; events: string[] }>(`
      SELECT created.changes->'name'->>1 AS name, token.id, array_agg(event.event ORDER BY event.id) AS events
      FROM token
      JOIN audit_event created ON created.token_id = token.id AND created.event = 'token.created'
      -- What people did: not the uses, and not what Latchkey found unusual about them.
      JOIN audit_event event ON event.token_id = token.id AND event.actor_type = 'user'
      GROUP BY 1, 2`);
    const stored = new Map(rows.map((row) => [row.name, row.events]));
    const lost = this.lives.filter(({ name, acknowledged, uncertain }) => {
      const events = (stored.get(name) ?? []).join();
      // What was asked for but never acknowledged either happened or did not.
      return events !== acknowledged.join() && events !== [...acknowledged, uncertain].join();
    });
    expect(lost.map((life) => ({ ...life, stored: stored.get(life.name) }))).toEqual([]);
  }

  async #reconcileAccesses(client: Client): Promise<void> {
    const { rows } = await client.query<{ id: string; count: number }>(
      `SELECT asked.id, count(event.id)::int AS count
       FROM unnest($1::text[]) asked(id) LEFT JOIN audit_event event ON event.id = asked.id::uuid AND event.event = 'token.used'
       GROUP BY 1 HAVING count(event.id) <> 1`,
      [this.passed],
    );
    expect(rows).toEqual([]);
  }
}

/** Tokens whose row, secrets and events do not tell one story. */
async function halfDone(client: Client): Promise<unknown[]> {
  const { rows } = await client.query(`
    SELECT token.id, token.name, token.generation, story.*, secrets.*
    FROM token
    CROSS JOIN LATERAL (
      SELECT count(*) FILTER (WHERE event = 'token.created')::int AS created,
             count(*) FILTER (WHERE event = 'token.regenerated')::int AS regenerated,
             count(*) FILTER (WHERE event = 'token.deleted')::int AS deleted,
             (array_agg(changes->'name'->>1 ORDER BY id DESC) FILTER (WHERE event IN ('token.created', 'token.renamed')))[1] AS last_name
      FROM audit_event WHERE token_id = token.id) story
    CROSS JOIN LATERAL (
      SELECT count(*)::int AS secrets, count(*) FILTER (WHERE superseded_at IS NULL)::int AS live
      FROM token_secret WHERE token_id = token.id) secrets
    WHERE created <> 1 OR regenerated <> generation - 1 OR deleted <> (deleted_at IS NOT NULL)::int OR last_name <> name
       OR secrets <> generation OR live <> 1`);
  return rows;
}
