import type { ReactNode } from 'react';
import { Messages } from '@/components/shell/messages';

export default function StreamsLayout({ children }: { children: ReactNode }) {
  return <Messages of={['streams']}>{children}</Messages>;
}
