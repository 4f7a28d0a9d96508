import type { ReactNode } from 'react';
import { Messages } from '@/components/shell/messages';

export default function UsersLayout({ children }: { children: ReactNode }) {
  return <Messages of={['users']}>{children}</Messages>;
}
