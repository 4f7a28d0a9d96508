'use client';

import { createContext } from 'react';
import type { UserActions } from '@/components/users/types';

/** Who looks at the list, and what they may do with those in it. */
export const Viewer = createContext<{ id: string; actions: UserActions | null }>({ id: '', actions: null });
