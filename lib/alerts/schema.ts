import { z } from 'zod';
import { alertStates, ruleNames, suspendingRules, thresholds } from '@/lib/alerts/values';
import { uuid } from '@/lib/id';
import { paragraph } from '@/lib/text';

export type RuleName = (typeof ruleNames)[number];

export type AlertState = (typeof alertStates)[number];

/** A rule's thresholds by their names. */
export type Thresholds<Rule extends RuleName = RuleName> = Rule extends RuleName ? Record<keyof (typeof thresholds)[Rule], number> : never;

/** A rule as it holds now. */
export type Rule<Name extends RuleName = RuleName> = { enabled: boolean; suspends: boolean; thresholds: Thresholds<Name> };

/** All of them. */
export type Rules = { [Name in RuleName]: Rule<Name> };

/** A rule as the page shows it. */
export type RuleRow = { rule: RuleName; enabled: boolean; suspends: boolean; canSuspend: boolean; thresholds: ThresholdRow[] };

export type ThresholdRow = { name: ThresholdName; value: number; standard: number; least: number; most: number };

export type ThresholdName = { [Name in RuleName]: keyof (typeof thresholds)[Name] }[RuleName];

/** An alert as pages show it. Moments are ISO 8601 in UTC. */
export type AlertRow = {
  id: string;
  rule: RuleName;
  state: AlertState;
  token: { id: string; name: string; deleted: boolean } | null;
  owner: { id: string; name: string } | null;
  /** An address or a network; "" when it was not known, "*" for many of them, null when the rule is not about any. */
  address: string | null;
  reason: string | null;
  requests: number;
  /** The first and the last of its events. */
  firstAt: string;
  lastAt: string;
  /** What the rule measured, and against what. */
  figures: Record<string, number>;
  suspendedAt: string | null;
  acknowledged: { at: string; by: string; note: string } | null;
  /** Whether this person may acknowledge it. */
  canAcknowledge: boolean;
};

/** What the list shows; every field of it lives in the URL, and one that does not parse falls back. */
export const alertFilters = z.object({
  state: z
    .enum(['all', ...alertStates])
    .catch('all')
    .default('all'),
  rule: z
    .enum(['all', ...ruleNames])
    .catch('all')
    .default('all'),
  token: uuid.or(z.literal('')).catch('').default(''),
  page: z.coerce.number().int().min(1).max(100_000).catch(1).default(1),
});

export type AlertFilters = z.infer<typeof alertFilters>;

export const acknowledgeAlertInput = z.strictObject({ id: uuid, note: paragraph(500).refine((text) => text !== '', 'required') });

/** A rule with all of its thresholds: whole numbers within their bounds. */
export const changeRuleInput = z
  .strictObject({
    rule: z.enum(ruleNames),
    enabled: z.boolean(),
    suspends: z.boolean(),
    thresholds: z.record(z.string().max(40), z.unknown()),
  })
  .transform((input, ctx) => {
    const values: Record<string, number> = {};
    const refuse = (field: string, params?: { least: number; most: number }) =>
      ctx.addIssue({ code: 'custom', message: params ? 'threshold_invalid' : 'required', path: [field], params });
    for (const [name, { least, most }] of Object.entries(thresholds[input.rule])) {
      const value = Object.hasOwn(input.thresholds, name) ? input.thresholds[name] : undefined;
      if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) values[name] = value;
      else refuse(name, { least, most });
    }
    if (Object.keys(input.thresholds).some((name) => !Object.hasOwn(values, name))) refuse('thresholds');
    if (input.suspends && !suspendingRules.has(input.rule)) refuse('suspends');
    return { ...input, thresholds: values };
  });
