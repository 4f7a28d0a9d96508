'use server';

import { publicAction } from '@/lib/action';
import { setPasswordInput, setupInput } from '@/lib/auth/schema';
import { setUp } from '@/lib/auth/setup';
import { setPassword } from '@/lib/users/links';

export const setUpAction = publicAction(setupInput, setUp);

export const setPasswordAction = publicAction(setPasswordInput, setPassword);
