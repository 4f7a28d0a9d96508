import type { ReactNode } from 'react';
import { Messages } from '@/components/shell/messages';

export default function AlertsLayout({ children }: { children: ReactNode }) {
  return <Messages of={['alerts']}>{children}</Messages>;
}
