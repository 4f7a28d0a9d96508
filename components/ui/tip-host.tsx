'use client';

import { useEffect, useRef } from 'react';
import { placeBeside } from '@/components/ui/place';

const DELAY = 350;
const GRACE = 120;

/**
 * Shows the text of `data-tip` beside whatever carries it: on hover, on keyboard focus, and on a tap. One for the page, so
 * that a list of a hundred moments costs nothing. It can be hovered itself, and Escape hides it (WCAG 1.4.13); what it
 * says must be told to assistive technology by the element that carries it.
 */
export function TipHost() {
  const tip = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const popup = tip.current;
    if (!popup) return;
    let timer: ReturnType<typeof setTimeout> | undefined;

    const hide = () => {
      clearTimeout(timer);
      if (popup.matches(':popover-open')) popup.hidePopover();
    };
    const show = (carrier: HTMLElement) => {
      if (!carrier.isConnected) return;
      hide();
      popup.textContent = carrier.dataset.tip ?? '';
      popup.showPopover();
      placeBeside(popup, carrier, { side: 'top', align: 'center' });
    };
    const carrierOf = (event: Event) => (event.target instanceof Element ? event.target.closest<HTMLElement>('[data-tip]') : null);
    const later = (run: () => void, after: number) => {
      clearTimeout(timer);
      timer = setTimeout(run, after);
    };

    const listeners = {
      pointerover: (event: Event) => {
        const carrier = carrierOf(event);
        if (event.target === popup) clearTimeout(timer);
        else if (carrier && (event as PointerEvent).pointerType === 'mouse') later(() => show(carrier), DELAY);
        else later(hide, GRACE);
      },
      focusin: (event: Event) => {
        const carrier = carrierOf(event);
        if (carrier?.matches(':focus-visible')) show(carrier);
      },
      focusout: hide,
      click: (event: Event) => {
        const carrier = carrierOf(event);
        if (carrier && (event as PointerEvent).pointerType === 'touch') show(carrier);
        else hide();
      },
      keydown: (event: Event) => {
        if ((event as globalThis.KeyboardEvent).key === 'Escape') hide();
      },
      scroll: hide,
    };
    for (const [name, listener] of Object.entries(listeners)) document.addEventListener(name, listener, true);
    return () => {
      clearTimeout(timer);
      for (const [name, listener] of Object.entries(listeners)) document.removeEventListener(name, listener, true);
    };
  }, []);

  return (
    <div
      ref={tip}
      popover="manual"
      aria-hidden="true"
      className="fixed inset-auto m-0 w-max max-w-[min(20rem,calc(100vw-1rem))] animate-appear rounded-md bg-ink px-2 py-1 text-canvas text-xs"
    />
  );
}
