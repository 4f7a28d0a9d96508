import type { ReactNode } from 'react';
import { Messages } from '@/components/shell/messages';

export default function AuditLayout({ children }: { children: ReactNode }) {
  return <Messages of={['audit', 'access']}>{children}</Messages>;
}
