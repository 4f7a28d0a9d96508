'use server';

import { z } from 'zod';
import { action } from '@/lib/action';
import { updateProfile } from '@/lib/users/commands';
import { updateProfileInput } from '@/lib/users/schema';

/** The theme alone: the switch in the top bar. */
export const setThemeAction = action(z.strictObject({ theme: updateProfileInput.shape.theme.unwrap() }), updateProfile);
