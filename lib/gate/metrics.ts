import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { RefusalReason } from '@/lib/audit/schema';
import { refusalReasons } from '@/lib/audit/values';

/** How a request to the gate ended: it passed, or why not. */
export type Verdict = 'allowed' | RefusalReason | 'no_credential' | 'unavailable';

const VERDICTS: Verdict[] = ['allowed', ...refusalReasons, 'no_credential', 'unavailable'];

/** What the gauges ask for whenever somebody reads them. */
type Sources = { queued: () => number; cached: () => number };

/** What the gate counts about itself, in Prometheus' terms. Labels are drawn from closed sets, so that memory stays bounded. */
export class GateMetrics {
  readonly registry = new Registry();
  readonly #verdicts: Record<Verdict, { inc: () => void }>;
  readonly #seconds = new Histogram({
    name: 'latchkey_verification_seconds',
    help: 'Time from a request to its answer',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2],
    registers: [this.registry],
  });
  readonly #groups = new Histogram({
    name: 'latchkey_access_group_size',
    help: 'Accesses stored by one commit',
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
    registers: [this.registry],
  });
  readonly #lags = new Histogram({
    name: 'latchkey_revocation_lag_seconds',
    help: 'Time from a change of a token or its owner until this instance has heeded it',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5],
    registers: [this.registry],
  });
  readonly #hits: { inc: () => void };
  readonly #misses: { inc: () => void };

  constructor(sources: Sources) {
    const registers = [this.registry];
    const verifications = new Counter({
      name: 'latchkey_verifications_total',
      help: 'Requests to /verify by outcome and reason',
      labelNames: ['outcome', 'reason'] as const,
      registers,
    });
    this.#verdicts = Object.fromEntries(
      VERDICTS.map((verdict) => [verdict, verifications.labels(outcomeOf(verdict), verdict === 'allowed' ? '' : verdict)]),
    ) as Record<Verdict, { inc: () => void }>;
    const cache = new Counter({
      name: 'latchkey_grant_cache_total',
      help: 'Look-ups in the cache of grants',
      labelNames: ['result'] as const,
      registers,
    });
    this.#hits = cache.labels('hit');
    this.#misses = cache.labels('miss');
    gauge('latchkey_access_queue', 'Accesses that wait to be stored, and groups under way', sources.queued);
    gauge('latchkey_grant_cache_entries', 'Grants in the cache', sources.cached);

    function gauge(name: string, help: string, read: () => number): void {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    }
  }

  /** Notes how a request ended, and after how many milliseconds. */
  verified(verdict: Verdict, milliseconds: number): void {
    this.#verdicts[verdict].inc();
    this.#seconds.observe(milliseconds / 1000);
  }

  lookedUp(isHit: boolean): void {
    (isHit ? this.#hits : this.#misses).inc();
  }

  /** Notes after how many seconds a change was heeded here. */
  heeded(seconds: number): void {
    this.#lags.observe(seconds);
  }

  stored(group: number): void {
    this.#groups.observe(group);
  }
}

function outcomeOf(verdict: Verdict): 'allowed' | 'refused' | 'unavailable' {
  return verdict === 'allowed' || verdict === 'unavailable' ? verdict : 'refused';
}
