'use client';

import dynamic from 'next/dynamic';
import type { ReadExports } from '@/components/exports/types';

const Watching = dynamic(() => import('@/components/exports/watching').then((module) => module.Watching));

/** Wherever one is in the console, says when an export has ended; for whoever has none under way there is nothing of it. */
export function ExportWatch({ ids, read }: { ids: string[]; read: ReadExports }) {
  return ids.length > 0 ? <Watching ids={ids} read={read} /> : null;
}
