import { createContext } from 'react';
import type { ActionResult } from '@/lib/action';
import type { RuleName } from '@/lib/alerts/schema';

export type Acknowledge = (input: { id: string; note: string }) => Promise<ActionResult<void>>;

export type ChangeRule = (input: {
  rule: RuleName;
  enabled: boolean;
  suspends: boolean;
  thresholds: Record<string, unknown>;
}) => Promise<ActionResult<void>>;

/** What the one who looks can do with the alerts in the list, and whether they see everybody’s. */
export const Looker = createContext<{ isOverseer: boolean; acknowledge: Acknowledge | null }>({ isOverseer: false, acknowledge: null });
