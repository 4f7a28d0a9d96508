'use client';

import { type ComponentProps, type KeyboardEvent, type MouseEvent, useLayoutEffect, useRef } from 'react';
import { createPortal } from 'react-dom';

type Props = Omit<ComponentProps<'dialog'>, 'open' | 'onClose' | 'onCancel'> & {
  /** Escape, the back gesture of phones, or a click beside it. */
  onDismiss: () => void;
  /** What gets the focus back, if not what had it before. */
  finalFocus?: () => HTMLElement | null;
};

/**
 * The browser's own modal dialog: mounted means open. It keeps the page from being reached meanwhile, takes the focus to
 * the first field (else the first button of the footer), keeps it, and gives it back.
 */
export function Modal({ onDismiss, finalFocus, children, ...props }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const giveBack = useRef(finalFocus);
  giveBack.current = finalFocus;

  useLayoutEffect(() => {
    const opener = document.activeElement;
    const element = dialog.current;
    element?.showModal();
    firstStop(element)?.focus();
    const release = shutPage();
    return () => {
      release();
      element?.close();
      const target = giveBack.current?.() ?? opener;
      if (target instanceof HTMLElement) target.focus();
    };
  }, []);

  function onKeyDown(event: KeyboardEvent<HTMLDialogElement>) {
    if (event.defaultPrevented) return;
    if (event.key === 'Tab') keepInside(event);
    if (event.key !== 'Escape') return;
    // Browsers close a dialog at the second Escape whatever the page says; the key itself can be held back.
    event.preventDefault();
    onDismiss();
  }

  return createPortal(
    <dialog
      {...props}
      ref={dialog}
      onKeyDown={onKeyDown}
      onCancel={(event) => {
        event.preventDefault();
        onDismiss();
      }}
      onClick={(event: MouseEvent) => event.target === event.currentTarget && onDismiss()}
    >
      {children}
    </dialog>,
    document.body,
  );
}

const FOCUSABLE = 'a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled), [tabindex="0"]';

function firstStop(dialog: HTMLElement | null): HTMLElement | null {
  const field = dialog?.querySelector<HTMLElement>('form :is(input, select, textarea):not(:disabled)');
  return field ?? dialog?.querySelector<HTMLElement>('footer button, [data-first-stop]') ?? dialog;
}

/** From the last stop to the first and back, rather than out into the browser's own controls. */
function keepInside(event: KeyboardEvent<HTMLDialogElement>) {
  const stops = [...event.currentTarget.querySelectorAll<HTMLElement>(FOCUSABLE)].filter(
    (stop) => stop.tabIndex >= 0 && stop.checkVisibility(),
  );
  const [from, to] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]];
  if (document.activeElement !== from) return;
  event.preventDefault();
  to?.focus();
}

let open = 0;

/** The browser hides the page behind a modal dialog by itself; this says so to tools that only read attributes. */
function shutPage(): () => void {
  const page = document.querySelector<HTMLElement>('.page-root');
  open += 1;
  page?.setAttribute('aria-hidden', 'true');
  page?.setAttribute('inert', '');
  return () => {
    open -= 1;
    if (open > 0) return;
    page?.removeAttribute('aria-hidden');
    page?.removeAttribute('inert');
  };
}
