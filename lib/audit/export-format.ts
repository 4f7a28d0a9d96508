import type { AuditRow, ExportFormat } from '@/lib/audit/schema';
import { inertJson, inertText } from '@/lib/inert';

type Format = {
  /** What the file begins with. */
  head: string;
  /** One event, with its line break. */
  row: (row: AuditRow) => string;
  /** What ends a file that is whole; `sha256` is of everything above it. */
  tail: (count: number, sha256: string) => string;
};

/** An event as JSON on one line, in which no character hides: what NDJSON, webhooks and streams have. */
export function eventJson(row: AuditRow): string {
  return inertJson(toEvent(row));
}

/** An event in the words of the contract. */
function toEvent(row: AuditRow) {
  const { actor, actorType, token, target, outcome, reason, ip, userAgent, requestId, changes, request, count, generation, scopes } = row;
  return {
    id: row.id,
    at: row.at,
    event: row.event,
    actor: { type: actorType, id: actor?.id ?? null, name: actor?.name ?? null, email: actor?.email ?? null },
    token: token && { id: token.id, name: token.name },
    target: target && { id: target.id, name: target.name, email: target.email },
    outcome,
    reason,
    ip,
    userAgent,
    requestId,
    changes,
    request,
    count,
    generation,
    scopes,
  };
}

type Cell = string | number | null | undefined;

const columns: [name: string, cell: (row: AuditRow) => Cell][] = [
  ['id', (row) => row.id],
  ['at (UTC)', (row) => row.at],
  ['event', (row) => row.event],
  ['actor.type', (row) => row.actorType],
  ['actor.id', (row) => row.actor?.id],
  ['actor.name', (row) => row.actor?.name],
  ['actor.email', (row) => row.actor?.email],
  ['token.id', (row) => row.token?.id],
  ['token.name', (row) => row.token?.name],
  ['target.id', (row) => row.target?.id],
  ['target.name', (row) => row.target?.name],
  ['target.email', (row) => row.target?.email],
  ['outcome', (row) => row.outcome],
  ['reason', (row) => row.reason],
  ['ip', (row) => row.ip],
  ['userAgent', (row) => row.userAgent],
  ['requestId', (row) => row.requestId],
  ['changes', (row) => row.changes && inertJson(row.changes)],
  ['request', (row) => row.request],
  ['count', (row) => row.count],
  ['generation', (row) => row.generation],
  ['scopes', (row) => row.scopes.join(' ')],
];

// Where a cell may begin: at its start, and after a semicolon too, at which spreadsheets of many countries cut lines whatever the quotes say.
const CELL_START = /(?<=^|;)([\s"]*)(\S)/gu;

// What needs no second look: most cells.
const HARMLESS = /^[A-Za-z0-9][ -:<-~]*$/;

/**
 * A cell that no spreadsheet takes for a formula: what is hidden is spelled out, and an apostrophe, which means "text" there, stands
 * before = + - @ and everything that looks like them (NFKC: full-width, small, raised).
 */
export function neutralCell(text: string): string {
  if (HARMLESS.test(text)) return text;
  return inertText(text).replaceAll(CELL_START, (whole, _, first: string) =>
    /^[=+\-@]/.test(first.normalize('NFKC')) ? `'${whole}` : whole,
  );
}

/** One line of RFC 4180. No cell has a line break: neutralCell() has spelled it out. */
function csvLine(cells: Cell[]): string {
  return `${cells.map((cell) => quoted(typeof cell === 'string' ? neutralCell(cell) : String(cell ?? ''))).join(',')}\r\n`;
}

function quoted(cell: string): string {
  return /[",\s]/u.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** How a file of each format is served, and how its name ends. */
export const fileTypes: Record<ExportFormat, { type: string; ending: string }> = {
  csv: { type: 'text/csv; charset=utf-8; header=present', ending: 'csv' },
  ndjson: { type: 'application/x-ndjson; charset=utf-8', ending: 'ndjson' },
  proofs: { type: 'application/x-ndjson; charset=utf-8', ending: 'proofs.ndjson' },
};

export const formats: Record<Exclude<ExportFormat, 'proofs'>, Format> = {
  csv: {
    // Without this mark Excel takes UTF-8 for the alphabet of the country.
    head: `\uFEFF${csvLine(columns.map(([name]) => name))}`,
    row: (row) => csvLine(columns.map(([, cell]) => cell(row))),
    // Every line is an event: a spreadsheet or a parser would take another one for one.
    tail: () => '',
  },
  ndjson: {
    head: '',
    row: (row) => `${eventJson(row)}\n`,
    tail: (count, sha256) => `${JSON.stringify({ complete: true, count, sha256 })}\n`,
  },
};
