import { expect, type Page, test } from '@playwright/test';
import axe, { type RunOptions } from 'axe-core';

/** What depends on colours; everything else is the same in both themes. */
const COLOURS = ['color-contrast', 'link-in-text-block'];

/** In both themes no violation that axe can find, and nothing that sticks out of the screen. Leaves the page in the light one. */
export async function scan(page: Page, what: string): Promise<void> {
  await test.step(what, async () => {
    await violates(page, what, { rules: { 'target-size': { enabled: true } } });
    await page.emulateMedia({ colorScheme: 'dark' });
    await violates(page, `${what}, dark`, { runOnly: COLOURS });
    await page.emulateMedia({ colorScheme: 'light' });
    const width = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect.soft(width, `${what}: wider than the screen`).toBeLessThanOrEqual(0);
  });
}

async function violates(page: Page, what: string, options: RunOptions): Promise<void> {
  // Half a megabyte, parsed once for each page and not for each look at it.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  const found = await page.evaluate(async (given) => {
    await Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => undefined)));
    const here = (window as unknown as { axe: typeof axe }).axe;
    const { violations } = await here.run(document, { ...given, resultTypes: ['violations'] });
    return violations.map(({ id, nodes }) => ({ id, nodes: nodes.map((node) => `${node.html} ${node.failureSummary}`) }));
  }, options);
  expect.soft(found, what).toEqual([]);
}
