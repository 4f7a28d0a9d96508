import type { LucideIcon } from 'lucide-react';

/** An icon beside words, or inside a control that has a name: never alone, so hidden from assistive technology. */
export function Icon({ of: Drawing, className }: { of: LucideIcon; className?: string }) {
  return <Drawing size={16} strokeWidth={1.5} aria-hidden="true" className={`shrink-0 ${className ?? ''}`} />;
}
