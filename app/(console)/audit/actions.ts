'use server';

import { getTimeZone } from 'next-intl/server';
import { action, readAction } from '@/lib/action';
import { getEventContext } from '@/lib/audit/context';
import { zoneOf } from '@/lib/audit/filters';
import { listNewerEvents, liveFigures } from '@/lib/audit/live';
import { suggestNames } from '@/lib/audit/names';
import {
  auditViewIdInput,
  eventContextInput,
  liveFiguresInput,
  newerEventsInput,
  renameViewInput,
  saveViewInput,
  suggestionsInput,
  updateViewInput,
} from '@/lib/audit/schema';
import { deleteView, renameView, saveView, updateView } from '@/lib/audit/views';

export const eventContextAction = readAction(eventContextInput, (actor, { id }) => getEventContext(actor, id));
export const newerEventsAction = readAction(newerEventsInput, async (actor, { query, since }) =>
  listNewerEvents(actor, query, since, zoneOf(query, await getTimeZone())),
);
export const liveFiguresAction = readAction(liveFiguresInput, async (actor, { query }) =>
  liveFigures(actor, query, zoneOf(query, await getTimeZone())),
);
export const suggestNamesAction = readAction(suggestionsInput, (actor, { kind, text }) => suggestNames(actor, kind, text));

export const saveViewAction = action(saveViewInput, saveView);
export const updateViewAction = action(updateViewInput, updateView);
export const renameViewAction = action(renameViewInput, renameView);
export const deleteViewAction = action(auditViewIdInput, deleteView);
