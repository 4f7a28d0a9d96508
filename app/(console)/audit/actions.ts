'use server';

import { getTimeZone } from 'next-intl/server';
import { readAction } from '@/lib/action';
import { getEventContext } from '@/lib/audit/context';
import { listNewerEvents } from '@/lib/audit/live';
import { eventContextInput, newerEventsInput } from '@/lib/audit/schema';

export const eventContextAction = readAction(eventContextInput, (actor, { id }) => getEventContext(actor, id));
export const newerEventsAction = readAction(newerEventsInput, async (actor, { query, since }) =>
  listNewerEvents(actor, query, since, await getTimeZone()),
);
