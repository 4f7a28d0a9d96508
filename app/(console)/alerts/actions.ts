'use server';

import { action } from '@/lib/action';
import { acknowledgeAlert, changeRule } from '@/lib/alerts/commands';
import { acknowledgeAlertInput, changeRuleInput } from '@/lib/alerts/schema';

export const acknowledgeAlertAction = action(acknowledgeAlertInput, acknowledgeAlert);
export const changeRuleAction = action(changeRuleInput, changeRule);
