import Link from 'next/link';
import type { ComponentProps } from 'react';
import { buttonClass } from '@/components/ui/button';

type Props = ComponentProps<typeof Link> & { look?: Parameters<typeof buttonClass>[0]; className?: string };

/** A link that looks like a button. */
export function ButtonLink({ look, className, ...props }: Props) {
  return <Link {...props} className={buttonClass(look, className)} />;
}
