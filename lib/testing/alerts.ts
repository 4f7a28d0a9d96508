import { detectAlerts } from '@/lib/alerts/detect';
import { raiseAlerts } from '@/lib/alerts/raise';
import type { RuleName } from '@/lib/alerts/schema';
import { withClient } from '@/lib/boot/roles';
import { db } from '@/lib/db';
import { sealAll } from '@/lib/testing/ledger';

/** Looks at everything that was logged in the database at `url`, and raises what is found, as the background does. */
export async function watchAll(url: string): Promise<void> {
  await sealAll();
  await withClient(url, async (client) => {
    while (await detectAlerts(client));
    await raiseAlerts(client);
  });
}

/** The alerts of a rule about a token or an address, the first found first. */
export async function alertsAbout(rule: RuleName, about: { tokenId?: string; address?: string }) {
  const rows = await db().alert.findMany({ where: { rule, ...about }, orderBy: { id: 'asc' } });
  return rows.map((row) => ({ ...row, requests: Number(row.requests) }));
}
