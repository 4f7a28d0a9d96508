import type { ReactNode } from 'react';
import { Messages } from '@/components/shell/messages';

export default function ProfileLayout({ children }: { children: ReactNode }) {
  return <Messages of={['profile', 'auth', 'tokens', 'token', 'access', 'usage']}>{children}</Messages>;
}
