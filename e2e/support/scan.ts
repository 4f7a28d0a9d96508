import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';

/** What depends on colours; everything else is the same in both themes. */
const COLOURS = ['color-contrast', 'link-in-text-block'];

/** In both themes no violation that axe can find, and nothing that sticks out of the screen. Leaves the page in the light one. */
export async function scan(page: Page, what: string): Promise<void> {
  await test.step(what, async () => {
    await violates(page, what, (axe) => axe.options({ rules: { 'target-size': { enabled: true } } }));
    await page.emulateMedia({ colorScheme: 'dark' });
    await violates(page, `${what}, dark`, (axe) => axe.withRules(COLOURS));
    await page.emulateMedia({ colorScheme: 'light' });
    const width = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect.soft(width, `${what}: wider than the screen`).toBeLessThanOrEqual(0);
  });
}

async function violates(page: Page, what: string, choose: (axe: AxeBuilder) => AxeBuilder): Promise<void> {
  await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => undefined))));
  // Legacy: in the page itself, not over a second one. There are no frames of other origins here, which are all that it leaves out.
  const { violations } = await choose(new AxeBuilder({ page }).setLegacyMode()).analyze();
  const found = violations.map(({ id, nodes }) => ({ id, nodes: nodes.map((node) => `${node.html} ${node.failureSummary}`) }));
  expect.soft(found, what).toEqual([]);
}
