import { TableSkeleton } from '@/components/table/table-skeleton';
import { TokensHeader } from '@/components/tokens/tokens-header';
import { Skeleton } from '@/components/ui/skeleton';

/** The list's place while its rows are read. */
export function TokensSkeleton({ level }: { level: 1 | 2 }) {
  return (
    <div>
      <TokensHeader id="tokens-loading" level={level} owner={null} action={<Skeleton className="h-8 w-36 max-sm:h-10" />} />
      <TableSkeleton />
    </div>
  );
}
