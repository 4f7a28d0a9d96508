'use client';

import dynamic from 'next/dynamic';

/** Wherever one is in the console, says when an export has ended. */
export const ExportWatch = dynamic(() => import('@/components/exports/watching').then((module) => module.Watching));
