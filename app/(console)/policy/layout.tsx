import type { ReactNode } from 'react';
import { Messages } from '@/components/shell/messages';

export default function PolicyLayout({ children }: { children: ReactNode }) {
  return <Messages of={['policy', 'access']}>{children}</Messages>;
}
