'use server';

import { action, readAction } from '@/lib/action';
import { requestVerification } from '@/lib/audit/verification/commands';
import { getVerification } from '@/lib/audit/verification/queries';
import { nothingInput } from '@/lib/audit/verification/schema';

export const verifyAction = action(nothingInput, requestVerification);
export const verificationAction = readAction(nothingInput, getVerification);
