'use server';

import { action } from '@/lib/action';
import { writeSessionId } from '@/lib/auth/cookies';
import { changePassword, endOtherSessions, updateProfile } from '@/lib/profile/commands';
import { changePasswordInput, endOtherSessionsInput, updateProfileInput } from '@/lib/profile/schema';

export const updateProfileAction = action(updateProfileInput, updateProfile);

export const changePasswordAction = action(changePasswordInput, async (actor, input) => {
  const { sessionId } = await changePassword(actor, input);
  await writeSessionId(sessionId);
});

export const endOtherSessionsAction = action(endOtherSessionsInput, endOtherSessions);
