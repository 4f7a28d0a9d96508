import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Access } from '@/lib/gate/access-rows';

const TOUCH = {
  name: 'gate-last-used',
  text: `
    UPDATE token SET last_used_at = used.at, last_used_ip = used.ip
    FROM unnest($1::uuid[], $2::timestamptz[], $3::inet[]) AS used(id, at, ip)
    WHERE token.id = used.id AND (token.last_used_at IS NULL OR token.last_used_at <= used.at - interval '1 minute')`,
  query_timeout: 1800,
};

const MINUTE = 60_000;
/** Tokens whose last use is remembered, so that a hot one is not asked about on each of its uses. */
const REMEMBERED = 100_000;

/** Writes when and from where tokens were last used, at most once a minute each, off the way of the answers. */
export class LastUsed {
  readonly #known = new Map<string, number>();
  #writing: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly pool: Pool,
    private readonly log: Logger,
  ) {}

  /** Takes note of accesses that passed. */
  note(passed: readonly Access[]): void {
    const due = new Map<string, Access>();
    for (const access of passed) {
      if (access.tokenId && access.at - (this.#known.get(access.tokenId) ?? 0) >= MINUTE) due.set(access.tokenId, access);
    }
    if (due.size === 0) return;
    if (this.#known.size > REMEMBERED) this.#known.clear();
    for (const [id, access] of due) this.#known.set(id, access.at);
    const used = [...due.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
    const values = [
      used.map(([id]) => id),
      used.map(([, access]) => new Date(access.at).toISOString()),
      used.map(([, access]) => access.ip),
    ];
    this.#writing = this.#writing
      .then(() => this.pool.query({ ...TOUCH, values }))
      .catch((error) => {
        for (const id of due.keys()) this.#known.delete(id);
        this.log.warn({ err: error }, 'last use not written');
      });
  }

  /** Resolves when everything noted so far is written, or could not be. */
  async drained(): Promise<void> {
    await this.#writing;
  }
}
