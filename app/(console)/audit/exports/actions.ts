'use server';

import { getTimeZone } from 'next-intl/server';
import { action, readAction } from '@/lib/action';
import { beginExport, cancelExport, deleteExport } from '@/lib/audit/exports/commands';
import { exportSize, listExports } from '@/lib/audit/exports/queries';
import { beginExportInput, exportIdInput, exportSizeInput, listExportsInput } from '@/lib/audit/exports/schema';
import { zoneOf } from '@/lib/audit/filters';

export const exportSizeAction = readAction(exportSizeInput, async (actor, { query }) =>
  exportSize(actor, query, zoneOf(query, await getTimeZone())),
);
export const beginExportAction = action(beginExportInput, async (actor, input) =>
  beginExport(actor, input, zoneOf(input.query, await getTimeZone())),
);
export const listExportsAction = readAction(listExportsInput, (actor) => listExports(actor));
export const cancelExportAction = action(exportIdInput, cancelExport);
export const deleteExportAction = action(exportIdInput, deleteExport);
