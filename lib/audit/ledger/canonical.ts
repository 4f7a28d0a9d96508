import { hash } from 'node:crypto';

/**
 * What of an event is sealed, in this order. A column that is added later is one more line at the end: where it is null
 * (or one, for a `count`) it is left out, so that what was sealed before keeps its digest.
 */
export const sealedColumns = {
  id: ['id', 'plain'],
  at: ['at', 'moment'],
  event: ['event', 'text'],
  actorType: ['actor_type', 'plain'],
  actorId: ['actor_id', 'plain'],
  subjectId: ['subject_id', 'plain'],
  tokenId: ['token_id', 'plain'],
  outcome: ['outcome', 'plain'],
  reason: ['reason', 'text'],
  ip: ['ip', 'plain'],
  userAgent: ['user_agent', 'text'],
  requestId: ['request_id', 'text'],
  changes: ['changes', 'json'],
  request: ['request', 'text'],
  count: ['count', 'count'],
  generation: ['generation', 'number'],
  scopes: ['scopes', 'text'],
} as const satisfies Record<string, readonly [column: string, kind: Kind]>;

/**
 * `plain`: nothing in it needs escaping; `moment`: milliseconds since 1970; `json`: as PostgreSQL writes a jsonb; `number`: an
 * integer; `count`: an integer that is left out when it is 1.
 */
type Kind = 'plain' | 'moment' | 'text' | 'json' | 'number' | 'count';

/** The columns of a row as PostgreSQL writes them, by their names in `sealedColumns`; moments in milliseconds. */
export type SealedRow = Record<keyof typeof sealedColumns, string | null>;

const entries = Object.entries(sealedColumns) as [keyof SealedRow, readonly [string, Kind]][];

const inSql: Record<Kind, (column: string) => string> = {
  // concat() writes every type as it is shown; a null leaves the whole member out.
  plain: (column) => `'"' || nullif(concat(${column}), '') || '"'`,
  moment: (column) => `${milliseconds(column)}::text`,
  text: (column) => `to_json(${column})::text`,
  json: (column) => `${column}::text`,
  number: (column) => `${column}::text`,
  count: (column) => `nullif(${column}, 1)::text`,
};

const inNode: Record<Kind, (value: string) => string | null> = {
  plain: (value) => `"${value}"`,
  moment: (value) => value,
  text: (value) => JSON.stringify(value),
  json: (value) => value,
  number: (value) => value,
  count: (value) => (value === '1' ? null : value),
};

function milliseconds(column: string): string {
  return `(date_part('epoch', ${column}) * 1000)::bigint`;
}

/** SQL for the canonical text of the row `alias` of audit_event: JSON, `{"v":1,…}`, without spaces outside of `changes`. */
export function canonicalSql(alias: string): string {
  const members = entries.map(([name, [column, kind]]) => `',"${name}":' || ${inSql[kind](`${alias}.${column}`)}`);
  return `concat('{"v":1', ${members.join(', ')}, '}')`;
}

/** SQL for each column of the row `alias`, in the order of `sealedColumns`: what COPY makes of them is what canonicalText() takes. */
export function sealedExpressions(alias: string): string[] {
  return entries.map(([, [column, kind]]) => (kind === 'moment' ? milliseconds(`${alias}.${column}`) : `${alias}.${column}`));
}

/** The same text as canonicalSql(), from columns in the order of sealedExpressions(), as text. */
export function canonicalText(values: readonly (string | null)[]): string {
  let text = '{"v":1';
  for (const [place, [name, [, kind]]] of entries.entries()) {
    const value = values[place] ?? null;
    const written = value === null ? null : inNode[kind](value);
    if (written !== null) text += `,"${name}":${written}`;
  }
  return `${text}}`;
}

/** SHA-256 of a canonical text: what of an event goes into its leaf. */
export function digestOf(canonical: string): Buffer {
  return hash('sha256', canonical, 'buffer');
}
