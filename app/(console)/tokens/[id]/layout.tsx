import type { ReactNode } from 'react';
import { Messages } from '@/components/shell/messages';

export default function TokenLayout({ children }: { children: ReactNode }) {
  return <Messages of={['audit']}>{children}</Messages>;
}
