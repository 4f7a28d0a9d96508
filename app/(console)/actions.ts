'use server';

import { z } from 'zod';
import { action, readAction } from '@/lib/action';
import { countOpenAlerts } from '@/lib/alerts/queries';
import { updateProfile } from '@/lib/profile/commands';
import { updateProfileInput } from '@/lib/profile/schema';

/** The theme alone: the switch in the top bar. */
export const setThemeAction = action(z.strictObject({ theme: updateProfileInput.shape.theme.unwrap() }), updateProfile);

/** The number beside “Alerts”. */
export const openAlertsAction = readAction(z.strictObject({}), countOpenAlerts);
