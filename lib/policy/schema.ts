import { z } from 'zod';
import { limit, type TokenLimit } from '@/lib/tokens/schema';

/** What holds for everybody's tokens. */
export type Policy = {
  /** The limit of tokens without one of their own. */
  defaultLimit: TokenLimit | null;
};

export const changePolicyInput = z.strictObject({ defaultLimit: limit });
