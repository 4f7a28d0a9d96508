'use client';

import {
  type ComponentProps,
  createContext,
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  use,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { type Placement, placeBeside } from '@/components/ui/place';

/** What a menu's button takes over. */
type TriggerProps = Pick<
  ComponentProps<'button'>,
  'ref' | 'type' | 'aria-haspopup' | 'aria-expanded' | 'aria-controls' | 'onClick' | 'onKeyDown'
>;

type Props = Partial<Placement> & {
  /** The menu's name, where the button's own does not serve. */
  label?: string;
  trigger: (props: TriggerProps) => ReactNode;
  children: ReactNode;
};

/** Closes the menu, gives the button its focus back, and then does what was chosen. */
export const Choose = createContext<(then?: () => void) => void>(() => {});

/** A button and the menu that it opens (the menu button of the ARIA Authoring Practices), drawn above everything. */
export function Menu({ label, align = 'end', side = 'bottom', trigger, children }: Props) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const [openAt, setOpenAt] = useState<'first' | 'last' | null>(null);

  // The button has the focus again before anything that was chosen takes it elsewhere.
  function close(then?: () => void) {
    button.current?.focus();
    setOpenAt(null);
    then?.();
  }

  return (
    <>
      {trigger({
        ref: button,
        type: 'button',
        'aria-haspopup': 'menu',
        'aria-expanded': openAt !== null,
        'aria-controls': openAt ? id : undefined,
        onClick: () => setOpenAt(openAt ? null : 'first'),
        onKeyDown: (event) => {
          if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
          event.preventDefault();
          setOpenAt(event.key === 'ArrowDown' ? 'first' : 'last');
        },
      })}
      {openAt && (
        <Choose value={close}>
          <Popup id={id} label={label} button={button} place={{ align, side }} start={openAt} onClose={() => setOpenAt(null)}>
            {children}
          </Popup>
        </Choose>
      )}
    </>
  );
}

type PopupProps = {
  id: string;
  label?: string;
  button: RefObject<HTMLButtonElement | null>;
  place: Placement;
  start: 'first' | 'last';
  onClose: () => void;
  children: ReactNode;
};

function Popup({ id, label, button, place, start, onClose, children }: PopupProps) {
  const popup = useRef<HTMLDivElement>(null);
  const choose = use(Choose);
  const { align, side } = place;

  useLayoutEffect(() => {
    if (!popup.current || !button.current) return;
    popup.current.showPopover();
    placeBeside(popup.current, button.current, { align, side });
    const items = itemsOf(popup.current);
    const checked = items.find((item) => item.ariaChecked === 'true');
    (checked ?? items.at(start === 'first' ? 0 : -1))?.focus();
  }, [button, align, side, start]);

  useEffect(() => {
    const leave = (event: Event) => {
      const target = event.target as Node;
      if (!popup.current?.contains(target) && !button.current?.contains(target)) onClose();
    };
    // A scroll that ended as the menu opened is told of afterwards: only one that takes the button away counts.
    const placeOf = () => button.current?.getBoundingClientRect();
    const opened = placeOf();
    const move = (event: Event) => {
      const now = placeOf();
      if (now?.x !== opened?.x || now?.y !== opened?.y) leave(event);
    };
    document.addEventListener('pointerdown', leave);
    document.addEventListener('focusin', leave);
    window.addEventListener('resize', onClose);
    document.addEventListener('scroll', move, true);
    return () => {
      document.removeEventListener('pointerdown', leave);
      document.removeEventListener('focusin', leave);
      window.removeEventListener('resize', onClose);
      document.removeEventListener('scroll', move, true);
    };
  }, [button, onClose]);

  function onKeyDown(event: KeyboardEvent<HTMLDivElement>) {
    const items = itemsOf(event.currentTarget);
    const at = items.indexOf(document.activeElement as HTMLElement);
    const step: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 };
    const target = step[event.key];
    if (target !== undefined) items.at(target % items.length)?.focus();
    else if (event.key === 'Escape' || event.key === 'Tab') choose();
    else if (event.key.length === 1 && event.key !== ' ') startingWith(event.key, items, at)?.focus();
    else return;
    if (event.key !== 'Tab') event.preventDefault();
    // A dialog around the menu stays.
    event.stopPropagation();
  }

  return (
    <div
      ref={popup}
      id={id}
      role="menu"
      aria-label={label}
      popover="manual"
      onKeyDown={onKeyDown}
      className="fixed inset-auto m-0 max-h-[calc(100dvh-2rem)] w-max min-w-48 max-w-[min(20rem,calc(100vw-1rem))] animate-appear overflow-y-auto rounded-lg bg-raised p-1 font-normal text-base text-ink shadow-float"
    >
      {children}
    </div>
  );
}

function itemsOf(popup: HTMLElement): HTMLElement[] {
  return [...popup.querySelectorAll<HTMLElement>('[role^="menuitem"]')];
}

/** The next item whose words begin with `letter`. */
function startingWith(letter: string, items: HTMLElement[], at: number): HTMLElement | undefined {
  const begins = (item: HTMLElement) => item.textContent?.trim().toLocaleLowerCase().startsWith(letter.toLocaleLowerCase());
  return items.slice(at + 1).find(begins) ?? items.find(begins);
}
