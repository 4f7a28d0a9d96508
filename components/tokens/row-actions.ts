'use client';

import { createContext } from 'react';
import type { RowAction, TokenRights } from '@/components/tokens/types';
import type { TokenRow } from '@/lib/tokens/schema';

/** What the rows' menus offer and whom they tell. */
export const RowActions = createContext<{ rights: TokenRights; onChoose: (kind: RowAction, row: TokenRow) => void }>({
  rights: 'read',
  onChoose: () => {},
});
