'use server';

import { action, readAction } from '@/lib/action';
import { changePolicy, changeRetention } from '@/lib/policy/commands';
import { previewRetention } from '@/lib/policy/queries';
import { changePolicyInput, changeRetentionInput } from '@/lib/policy/schema';

export const changePolicyAction = action(changePolicyInput, changePolicy);

export const changeRetentionAction = action(changeRetentionInput, changeRetention);

export const previewRetentionAction = readAction(changeRetentionInput, previewRetention);
