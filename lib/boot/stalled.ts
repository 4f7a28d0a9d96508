import type { ServerResponse } from 'node:http';

const PATIENCE = 60_000;

/** Cuts the connection of a client that for a minute takes nothing of what is ready for it. An answer that takes long to make may. */
export function letGoIfStalled(res: ServerResponse): void {
  res.setTimeout(PATIENCE, () => {
    if (res.writableLength > 0) res.destroy();
    else res.setTimeout(PATIENCE);
  });
}
