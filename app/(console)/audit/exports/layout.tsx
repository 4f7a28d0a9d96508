import type { ReactNode } from 'react';
import { Messages } from '@/components/shell/messages';

export default function ExportsLayout({ children }: { children: ReactNode }) {
  return <Messages of={['exports']}>{children}</Messages>;
}
