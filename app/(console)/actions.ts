'use server';

import { z } from 'zod';
import { action } from '@/lib/action';
import { updateProfile } from '@/lib/profile/commands';
import { updateProfileInput } from '@/lib/profile/schema';

/** The theme alone: the switch in the top bar. */
export const setThemeAction = action(z.strictObject({ theme: updateProfileInput.shape.theme.unwrap() }), updateProfile);
