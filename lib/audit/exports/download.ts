import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { AuditExport } from '@/lib/audit/export';
import { fileTypes } from '@/lib/audit/export-format';
import { recordDownload } from '@/lib/audit/export-record';
import type { ExportFormat } from '@/lib/audit/schema';
import { pool, transaction } from '@/lib/db';
import { AppError } from '@/lib/errors';
import { type Actor, authorize } from '@/lib/permissions/permissions';

const unzip = promisify(gunzip);
// How often it is asked whether the person may still have it, in milliseconds.
const ASK_AGAIN = 1000;

type Stored = { id: string; run: number; chunks: number; sha256: string };

/**
 * The file of an export of one's own, on whichever instance. Recorded before its first byte. `stillMay` is asked on the way. Refuses
 * `not_found` to whoever may not (any longer), and what is not theirs, not done or deleted.
 */
export async function downloadExport(actor: Actor, id: string, stillMay: () => Promise<boolean>): Promise<AuditExport> {
  authorize(actor, 'audit.export');
  const row = await transaction(async (tx, now) => {
    const found = await tx.auditExport.findFirst({ where: { id, ownerId: actor.userId, state: 'done', expiresAt: { gt: now } } });
    if (!found?.sha256) throw new AppError('not_found');
    const { sha256 } = found;
    await recordDownload(tx, now, actor, found.format as ExportFormat, { events: Number(found.done), sha256 });
    return { ...found, sha256 };
  });
  const { fileName, format } = row;
  return { fileName, type: fileTypes[format as ExportFormat].type, body: stored(row, stillMay) };
}

/** Chunk by chunk, each read when it is wanted. What is missing, changed or no longer theirs breaks it off before its end. */
function stored({ id, run, chunks, sha256 }: Stored, stillMay: () => Promise<boolean>): ReadableStream<Uint8Array> {
  const sum = createHash('sha256');
  let number = 0;
  let askedAt = Date.now();

  async function mayGoOn(): Promise<boolean> {
    if (Date.now() - askedAt < ASK_AGAIN) return true;
    askedAt = Date.now();
    return stillMay();
  }

  async function next(): Promise<Buffer> {
    const { rows } = await pool().query<{ bytes: Buffer }>(
      'SELECT bytes FROM audit_export_chunk WHERE export_id = $1 AND run = $2 AND number = $3',
      [id, run, number],
    );
    if (!rows[0] || !(await mayGoOn())) throw new Error('the file is gone');
    const bytes = await unzip(rows[0].bytes);
    sum.update(bytes);
    number++;
    if (number === chunks && sum.digest('hex') !== sha256) throw new Error('the file is not what was made');
    return bytes;
  }

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          controller.enqueue(await next());
          if (number === chunks) controller.close();
        } catch (cause) {
          // Next takes an AbortError for what it is: it cuts the connection, and calls it no fault of the page.
          controller.error(new DOMException(`the download was broken off: ${(cause as Error).message}`, 'AbortError'));
        }
      },
    },
    { highWaterMark: 0 },
  );
}
