'use server';

import { action } from '@/lib/action';
import { changePolicy } from '@/lib/policy/commands';
import { changePolicyInput } from '@/lib/policy/schema';

export const changePolicyAction = action(changePolicyInput, changePolicy);
