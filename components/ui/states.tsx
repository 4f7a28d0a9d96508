import { CircleAlert, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Icon } from '@/components/ui/icon';

type Props = {
  icon: LucideIcon;
  title: string;
  /** 1 when this is all that the page holds. */
  level?: 1;
  children?: ReactNode;
  action?: ReactNode;
};

/** What stands where a list would: why it is empty, and the way on. */
export function EmptyState({ icon, title, level, children, action }: Props) {
  const Title = level ? 'h1' : 'p';
  return (
    <div className="grid justify-items-center gap-2 px-6 py-14 text-center">
      <span className="mb-2 grid size-10 place-items-center rounded-lg border border-line bg-canvas text-muted">
        <Icon of={icon} />
      </span>
      <Title className="font-medium text-lg">{title}</Title>
      {children && <div className="max-w-[52ch] text-pretty text-muted">{children}</div>}
      {action && <div className="mt-3 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}

/** What stands where something could not be shown: what happened, and a way to try again. */
export function ErrorState({ title, level, children, action }: Omit<Props, 'icon'>) {
  const Title = level ? 'h1' : 'p';
  return (
    <div role="alert" className="grid justify-items-center gap-2 px-6 py-14 text-center">
      <span className="mb-2 grid size-10 place-items-center rounded-lg border border-danger-line bg-danger-soft text-danger">
        <Icon of={CircleAlert} />
      </span>
      <Title className="font-medium text-lg">{title}</Title>
      {children && <div className="max-w-[52ch] text-pretty text-muted">{children}</div>}
      {action && <div className="mt-3 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}
