import type { ReactNode } from 'react';
import { Messages } from '@/components/shell/messages';

export default function IntegrityLayout({ children }: { children: ReactNode }) {
  return <Messages of={['integrity']}>{children}</Messages>;
}
