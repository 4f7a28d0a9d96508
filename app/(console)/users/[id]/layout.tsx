import type { ReactNode } from 'react';
import { Messages } from '@/components/shell/messages';

export default function UserLayout({ children }: { children: ReactNode }) {
  return <Messages of={['tokens', 'token', 'access', 'usage']}>{children}</Messages>;
}
