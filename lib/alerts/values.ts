// Apart from schema.ts, so that pages which list them need not load zod.

/** What is watched for, in the order in which pages list it. */
export const ruleNames = ['dead_value', 'new_network', 'address_burst', 'token_burst', 'dormant', 'rate'] as const;

export const alertStates = ['open', 'acknowledged'] as const;

/** A number that an administrator can change, in the unit that its label names. */
type Threshold = { least: number; most: number; standard: number };

const quietHours: Threshold = { least: 0, most: 720, standard: 24 };
const requests = (standard: number): Threshold => ({ least: 1, most: 1_000_000, standard });

/** The thresholds of each rule: what they are unless somebody changed them, and how far they can be changed. */
export const thresholds = {
  dead_value: { requests: requests(1), minutes: { least: 1, most: 1440, standard: 60 }, quietHours },
  new_network: {
    prefix4: { least: 8, most: 32, standard: 24 },
    prefix6: { least: 16, most: 128, standard: 48 },
    learningHours: { least: 0, most: 720, standard: 0 },
    rememberDays: { least: 1, most: 400, standard: 180 },
  },
  address_burst: { requests: requests(100), minutes: { least: 1, most: 60, standard: 5 }, quietHours },
  token_burst: { requests: requests(100), minutes: { least: 1, most: 60, standard: 5 }, quietHours },
  dormant: { days: { least: 1, most: 400, standard: 30 } },
  rate: { factor: { least: 2, most: 1000, standard: 5 }, requests: requests(500), days: { least: 1, most: 180, standard: 14 }, quietHours },
} as const satisfies Record<(typeof ruleNames)[number], Record<string, Threshold>>;

/** Rules that can have the token suspended. An address has none. */
export const suspendingRules: ReadonlySet<string> = new Set<(typeof ruleNames)[number]>([
  'dead_value',
  'new_network',
  'token_burst',
  'dormant',
  'rate',
]);

/** In the place of an address: many, beyond those that have alerts of their own. */
export const MANY = '*';
