import { createContext } from 'react';
import type { z } from 'zod';
import type { ActionResult } from '@/lib/action';
import type { SendProblem } from '@/lib/streams/problem';
import type { changeStreamInput, createStreamInput, rotateKeyInput, streamIdInput } from '@/lib/streams/schema';

type Action<Schema extends z.ZodType, Output> = (input: z.input<Schema>) => Promise<ActionResult<Output>>;

export type NewStream = { id: string; signingKey: string | null };

/** The server actions of the page of streams; nobody but administrators gets them. */
export type StreamActions = {
  create: Action<typeof createStreamInput, NewStream>;
  change: Action<typeof changeStreamInput, void>;
  rotate: Action<typeof rotateKeyInput, { signingKey: string }>;
  pause: Action<typeof streamIdInput, void>;
  resume: Action<typeof streamIdInput, void>;
  delete: Action<typeof streamIdInput, void>;
  /** Gives why the target did not take it; null: it did. */
  test: Action<typeof streamIdInput, SendProblem | null>;
  resend: Action<typeof streamIdInput, SendProblem | null>;
  discard: Action<typeof streamIdInput, void>;
};

/** What the one who looks may do with the streams in the list. */
export const Actions = createContext<StreamActions | null>(null);
