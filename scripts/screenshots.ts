// npm run screenshots: takes the README's pictures of a demo that it fills and throws away.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, chromium, type Page } from '@playwright/test';
import sharp from 'sharp';
import { freePort } from '@/lib/boot/free-port';
import { DEMO_PASSWORD, demoSignIns } from '@/lib/demo/people';
import { browserArgs, ensureBrowser } from './browser.mjs';

const FOLDER = 'docs/images';
const PATIENCE = 300_000;
// What stands in the pictures, wherever the demo really listens.
const SHOWN = 'http://localhost:3000';
const VISITOR = { 'x-forwarded-for': '198.51.100.21' };
const GATEWAY = { 'x-forwarded-for': '192.0.2.70', 'x-forwarded-method': 'GET', 'x-forwarded-host': 'prices.example.org' };

async function main(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'latchkey-screenshots-'));
  const port = await freePort();
  const demo = startDemo(dataDir, port);
  try {
    await untilReady(demo, port);
    const browser = await chromium.launch({
      executablePath: ensureBrowser(),
      args: [...browserArgs, '--hide-scrollbars', `--host-resolver-rules=MAP localhost:3000 127.0.0.1:${port}`],
    });
    try {
      await takePictures(browser, `http://127.0.0.1:${port}`);
    } finally {
      await browser.close();
    }
  } finally {
    await stop(demo);
    await rm(dataDir, { recursive: true, force: true });
  }
}

function startDemo(dataDir: string, port: number): ChildProcess {
  const settings = { DATA_DIR: dataDir, PORT: String(port), BASE_URL: SHOWN, TRUSTED_PROXIES: '127.0.0.1', LOG_LEVEL: 'warn' };
  return spawn(process.execPath, ['scripts/latchkey.mjs', 'demo'], { stdio: 'inherit', env: { ...process.env, ...settings } });
}

async function untilReady(demo: ChildProcess, port: number): Promise<void> {
  for (const deadline = Date.now() + PATIENCE; Date.now() < deadline; await sleep(250)) {
    if (demo.exitCode !== null) throw new Error('the demo has ended');
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
  }
  throw new Error('the demo is not ready');
}

async function stop(demo: ChildProcess): Promise<void> {
  if (demo.exitCode !== null) return;
  const ended = new Promise((done) => demo.once('exit', done));
  demo.kill('SIGTERM');
  await ended;
}

/** A morning of the demo's administrator, so that the log has something of everything; then the pictures. */
async function takePictures(browser: Browser, gate: string): Promise<void> {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    deviceScaleFactor: 2,
    locale: 'en-US',
    timezoneId: 'Europe/Amsterdam',
    extraHTTPHeaders: VISITOR,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  const verify = (secret: string, uri: string) =>
    fetch(`${gate}/verify`, { headers: { ...GATEWAY, 'x-forwarded-uri': uri, 'x-api-key': secret, 'user-agent': 'curl/8.14.1' } });

  await signIn(page);
  await generate(page, 'Price import', 'From the suppliers, every morning');
  const old = await page.getByLabel('Token value').inputValue();
  for (const feed of [4711, 4712, 4713]) await verify(old, `/v1/feeds/${feed}`);
  await page.getByRole('button', { name: 'Copy', exact: true }).click();
  await choose(page, 'Price import', 'Regenerate');
  await page.getByRole('dialog').getByRole('button', { name: 'Regenerate' }).click();
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  const current = await page.getByLabel('Token value').inputValue();
  for (const secret of [old, old, current]) await verify(secret, '/v1/feeds/4714');
  await page.getByRole('button', { name: 'Copy', exact: true }).click();
  await choose(page, 'Load test, autumn', 'Delete');
  await page.getByLabel('Confirm name').fill('Load test, autumn');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await verify(current, '/v1/feeds/4715');
  await generate(page, 'Release notes', 'Collects what was merged');
  await picture(page, 'tokens');

  await page.getByRole('button', { name: 'Copy', exact: true }).click();
  await page.goto(`${SHOWN}/audit`);
  await page.getByRole('cell', { name: 'Release notes' }).first().waitFor();
  await picture(page, 'audit');
}

async function signIn(page: Page): Promise<void> {
  await page.goto(`${SHOWN}/login`);
  await page.getByLabel('Email').fill(demoSignIns[0]?.email ?? '');
  await page.getByLabel('Password', { exact: true }).fill(DEMO_PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/tokens');
}

async function generate(page: Page, name: string, description: string): Promise<void> {
  await page.getByRole('button', { name: 'Generate token' }).click();
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Description').fill(description);
  await page.getByRole('dialog').getByRole('button', { name: 'Generate' }).click();
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await page.getByRole('region', { name: 'New token' }).waitFor();
}

async function choose(page: Page, token: string, operation: string): Promise<void> {
  await page.getByRole('button', { name: `Actions for ${token}` }).click();
  await page.getByRole('menuitem', { name: operation }).click();
}

async function picture(page: Page, name: string): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  // At rest: nothing under the pointer, nothing still being said.
  await page.mouse.move(0, 0);
  await page
    .getByRole('status')
    .filter({ hasText: /\S/ })
    .first()
    .waitFor({ state: 'hidden' })
    .catch(() => {});
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const path = join(FOLDER, `${name}-${colorScheme}.webp`);
    const png = await page.screenshot({ animations: 'disabled', caret: 'hide' });
    const { size } = await sharp(png).webp({ lossless: true, effort: 6 }).toFile(path);
    console.log(`${path}  ${Math.round(size / 1024)} kB`);
  }
}

await main();
