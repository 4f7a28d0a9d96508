'use client';

import { Tooltip } from '@base-ui/react/tooltip';
import type { ReactElement, ReactNode } from 'react';

/** One tooltip for the whole page, shown beside whichever trigger is hovered or focused. */
const handle = Tooltip.createHandle<string>();

/** `children`, with `label` shown on hover and focus. What it says must be reachable otherwise too: touch has no hover. */
export function Tip({ label, render, children }: { label: string; render: ReactElement; children?: ReactNode }) {
  return (
    <Tooltip.Trigger handle={handle} payload={label} render={render} delay={350}>
      {children}
    </Tooltip.Trigger>
  );
}

/** Where the tooltip is drawn; once, in the root layout. */
export function TipHost() {
  return (
    <Tooltip.Root handle={handle} disableHoverablePopup>
      {({ payload }) => (
        <Tooltip.Portal>
          <Tooltip.Positioner sideOffset={6} collisionPadding={8} className="z-50">
            <Tooltip.Popup className="max-w-80 rounded-md bg-ink px-2 py-1 text-xs text-canvas transition-opacity data-ending-style:opacity-0 data-instant:transition-none data-starting-style:opacity-0">
              {payload}
            </Tooltip.Popup>
          </Tooltip.Positioner>
        </Tooltip.Portal>
      )}
    </Tooltip.Root>
  );
}
