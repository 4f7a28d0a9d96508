'use server';

import { action, readAction } from '@/lib/action';
import { changeLongestGrace, changePolicy, changeRetention } from '@/lib/policy/commands';
import { previewRetention } from '@/lib/policy/queries';
import { changeLongestGraceInput, changePolicyInput, changeRetentionInput } from '@/lib/policy/schema';

export const changePolicyAction = action(changePolicyInput, changePolicy);

export const changeLongestGraceAction = action(changeLongestGraceInput, changeLongestGrace);

export const changeRetentionAction = action(changeRetentionInput, changeRetention);

export const previewRetentionAction = readAction(changeRetentionInput, previewRetention);
