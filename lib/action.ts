import 'server-only';
import { refresh } from 'next/cache';
import type { z } from 'zod';
import { requireActor } from '@/lib/auth/actor';
import { requestOrigin } from '@/lib/auth/origin';
import { AppError, type ErrorCode, isRule, type RuleName } from '@/lib/errors';
import type { Actor, Origin } from '@/lib/permissions/permissions';
import { runtime } from '@/lib/runtime';
import { isUnavailable } from '@/lib/unavailable';

/** A refusal as the browser gets it: lib/i18n/messages/<language>/errors.json has its words. */
export type ActionError = {
  code: ErrorCode;
  field?: string;
  rule?: RuleName;
  values?: Record<string, string | number>;
  requestId?: string;
};

/** What every server action answers. */
export type ActionResult<T> = { ok: true; data: T } | { ok: false; error: ActionError };

/** The one wrapper of server actions: who calls, is the input of the right shape, do it, or say why not. */
export function action<Schema extends z.ZodType, T>(schema: Schema, run: (actor: Actor, input: z.output<Schema>) => Promise<T>) {
  return async (input: z.input<Schema>): Promise<ActionResult<T>> => {
    const result = await answer(async () => run(await requireActor(), parse(schema, input)));
    // The pages' queries run again in the same answer, so that what is shown is what is stored.
    if (result.ok) refresh();
    return result;
  };
}

/** The same for reading one thing more: the page around it stays as it is. */
export function readAction<Schema extends z.ZodType, T>(schema: Schema, run: (actor: Actor, input: z.output<Schema>) => Promise<T>) {
  return (input: z.input<Schema>): Promise<ActionResult<T>> => answer(async () => run(await requireActor(), parse(schema, input)));
}

/** The same for people who are not signed in: setting up, using a one-time link. Their page is left, and has nothing to show again. */
export function publicAction<Schema extends z.ZodType, T>(schema: Schema, run: (origin: Origin, input: z.output<Schema>) => Promise<T>) {
  return (input: z.input<Schema>): Promise<ActionResult<T>> => answer(async () => run(await requestOrigin(), parse(schema, input)));
}

function parse<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const rule = isRule(issue?.message) ? issue.message : undefined;
  const values = issue?.code === 'custom' ? issue.params : undefined;
  throw new AppError('invalid_input', { field: issue?.path[0]?.toString(), rule, ...(values && { values }) });
}

async function answer<T>(run: () => Promise<T>): Promise<ActionResult<T>> {
  try {
    return { ok: true, data: await run() };
  } catch (error) {
    return { ok: false, error: await refusal(error) };
  }
}

async function refusal(error: unknown): Promise<ActionError> {
  if (error instanceof AppError) return { code: error.code, ...error.detail };
  const { requestId } = await requestOrigin();
  runtime().log.error({ err: error, requestId }, 'action failed');
  return { code: isUnavailable(error) ? 'unavailable' : 'unexpected', requestId: requestId ?? undefined };
}
