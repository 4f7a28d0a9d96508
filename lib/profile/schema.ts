import { z } from 'zod';
import { givenPassword, newPassword } from '@/lib/auth/schema';
import { locales } from '@/lib/i18n/locales';
import { personName } from '@/lib/users/schema';

export const themes = ['system', 'light', 'dark'] as const;

/** What people set for themselves; what is left out stays as it is. `null`: as the browser says. */
export const updateProfileInput = z.strictObject({
  name: personName.optional(),
  timeZone: z
    .string()
    .max(100, 'time_zone_invalid')
    .refine((zone) => timeZones().includes(zone), 'time_zone_invalid')
    .nullable()
    .optional(),
  theme: z.enum(themes).optional(),
  locale: z.enum(locales).nullable().optional(),
});

export const changePasswordInput = z.strictObject({ currentPassword: givenPassword, newPassword });

export const endOtherSessionsInput = z.strictObject({});

/** Every time zone that can be chosen (IANA names). */
export function timeZones(): string[] {
  return ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];
}

/** One signed-in browser. Without its id: nothing that is shown needs it. Moments are ISO 8601 in UTC. */
export type SessionRow = { current: boolean; createdAt: string; lastSeenAt: string; ip: string | null; userAgent: string | null };
