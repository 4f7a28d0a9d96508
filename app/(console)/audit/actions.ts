'use server';

import { readAction } from '@/lib/action';
import { getEventContext } from '@/lib/audit/context';
import { eventContextInput } from '@/lib/audit/schema';

export const eventContextAction = readAction(eventContextInput, (actor, { id }) => getEventContext(actor, id));
