import type { ReactNode } from 'react';
import { Messages } from '@/components/shell/messages';

export default function OverviewLayout({ children }: { children: ReactNode }) {
  return <Messages of={['token']}>{children}</Messages>;
}
