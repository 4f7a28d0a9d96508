'use client';

import Link from 'next/link';
import { useTranslations } from 'next-intl';
import { type ComponentProps, createContext, type ReactNode, use, useEffect, useRef, useState, useTransition } from 'react';
import { Button } from '@/components/ui/button';
import { lostAnswer } from '@/components/ui/lost';
import { Notice } from '@/components/ui/notice';
import { oversized } from '@/components/ui/oversized';
import { useErrorText } from '@/components/ui/use-error-text';
import type { ActionError, ActionResult } from '@/lib/action';

type State = { error: ActionError | null; pending: boolean };

const FormState = createContext<State>({ error: null, pending: false });

/** The words of the refusal that concerns the field `name`, if the form was refused because of it. */
export function useFieldError(name: string): string | undefined {
  const { error } = use(FormState);
  const text = useErrorText();
  return error?.field === name ? text(error) : undefined;
}

/** Which of several texts in the field `name` was refused. */
export function useRefusedText(name: string): string | undefined {
  const { error } = use(FormState);
  return error?.field === name ? error.values?.text?.toString() : undefined;
}

/** Whether the form around is being sent. */
function useFormPending(): boolean {
  return use(FormState).pending;
}

type Props<T> = {
  /** Makes the action's input from what was typed, and calls it. A check in the browser may answer in its place. */
  submit: (fields: FormData) => Promise<ActionResult<T>>;
  onDone?: (data: T) => void;
  onPending?: (pending: boolean) => void;
  /** Empties the form once it was accepted. */
  clears?: boolean;
  className?: string;
  children: ReactNode;
};

/**
 * A form around a server action. `action` rather than onSubmit: React replays what was sent before the page was
 * interactive, and the browser never puts a password into the URL. A refusal keeps what was typed, stands beside its
 * field, and moves the focus there; a second submit while the first is on its way does nothing.
 */
export function Form<T>({ submit, onDone, onPending, clears = false, className, children }: Props<T>) {
  const form = useRef<HTMLFormElement>(null);
  const busy = useRef(false);
  const accepted = useRef(false);
  const [error, setError] = useState<ActionError | null>(null);
  const [pending, start] = useTransition();

  useEffect(() => {
    if (error) focusRefused(form.current, error.field);
  }, [error]);

  function send(fields: FormData) {
    if (busy.current) return;
    busy.current = true;
    accepted.current = false;
    onPending?.(true);
    start(async () => {
      const result = await attempt(submit, fields);
      busy.current = false;
      onPending?.(false);
      accepted.current = result.ok;
      start(() => setError(result.ok ? null : placed(result.error, form.current)));
      if (!result.ok) return;
      if (clears) form.current?.reset();
      onDone?.(result.data);
    });
  }

  return (
    <FormState value={{ error, pending }}>
      <form
        ref={form}
        action={send}
        noValidate
        className={className}
        // Whoever corrects a field need not read what was wrong with it any longer.
        onInput={(event) => setError((shown) => (shown?.field && shown.field === nameOf(event.target) ? null : shown))}
        // React empties a form after its action; what was typed has to survive a refusal.
        onReset={(event) => (clears && accepted.current ? undefined : event.preventDefault())}
      >
        <FormError />
        {children}
      </form>
    </FormState>
  );
}

/** Sends the form around it. */
export function SubmitButton({ look = 'primary', ...props }: ComponentProps<typeof Button>) {
  return <Button {...props} look={look} type="submit" pending={useFormPending()} />;
}

function FormError() {
  const { error } = use(FormState);
  const text = useErrorText();
  const t = useTranslations('common');
  if (!error || error.field) return null;
  return (
    <Notice tone="danger" role="alert" tabIndex={-1} data-form-error className="mb-4">
      {text(error)}{' '}
      {error.code === 'not_signed_in' && (
        <Link href="/login" className="font-medium underline">
          {t('signIn')}
        </Link>
      )}
    </Notice>
  );
}

async function attempt<T>(submit: Props<T>['submit'], fields: FormData): Promise<ActionResult<T>> {
  const field = oversized(fields);
  if (field) return { ok: false, error: { code: 'invalid_input', field, rule: 'too_long' } };
  try {
    return await submit(fields);
  } catch (error) {
    return { ok: false, error: lostAnswer(error) };
  }
}

function nameOf(target: EventTarget): string | null {
  return target instanceof Element ? target.getAttribute('name') : null;
}

/** A refusal because of something that this form does not show stands above the form. */
function placed(error: ActionError, form: HTMLFormElement | null): ActionError {
  return error.field && form?.elements.namedItem(error.field) ? error : { ...error, field: undefined };
}

function focusRefused(form: HTMLFormElement | null, field: string | undefined) {
  const named = field ? form?.elements.namedItem(field) : null;
  const target = named instanceof RadioNodeList ? named[0] : (named ?? form?.querySelector('[data-form-error]'));
  if (target instanceof HTMLElement) target.focus();
}
