// Which browser the stories, the screenshots and the measurements of pages run in. Plain JavaScript: it runs before anything is built.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { chromium } from '@playwright/test';

const NAMES = ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser', 'chrome'];
const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];
// Where only package registries are reached, a download may hang rather than fail.
const LIMIT = 300_000;
const CONNECTION_LIMIT = 10_000;

const isRoot = process.getuid?.() === 0;

/** Chromium's sandbox refuses root; the rest keeps it from calling home. */
export const browserArgs = [
  ...(isRoot ? ['--no-sandbox'] : []),
  ...['--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'],
];

/** The path of a browser that is there: CHROME_PATH, an installed one, else Playwright's own; undefined when there is none. */
export function browserPath() {
  const { CHROME_PATH, PATH = '' } = process.env;
  if (CHROME_PATH) {
    if (!isProgram(CHROME_PATH)) throw new Error(`CHROME_PATH: ${CHROME_PATH} is not a program`);
    return CHROME_PATH;
  }
  const installed = NAMES.flatMap((name) => PATH.split(delimiter).map((folder) => join(folder, name)));
  return [...installed, ...PLACES, chromium.executablePath()].find((path) => isProgram(path) && starts(path));
}

/** The same, but gets one first when there is none: Playwright's, else (as root) the system's package. Throws when neither works. */
export function ensureBrowser() {
  for (const get of [() => {}, download, installPackage]) {
    get();
    const path = browserPath();
    if (path) return path;
  }
  throw new Error('There is no Chromium here, and none could be installed. Install one, or name it in CHROME_PATH.');
}

/** Whether there is a file that may be run. */
export function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A download is of no use where the system lacks a library that it needs. */
function starts(path) {
  return process.platform === 'win32' || spawnSync(path, ['--version'], { timeout: 20_000 }).status === 0;
}

function download() {
  console.log('No browser is installed: trying to download one …');
  const cli = createRequire(import.meta.url).resolve('@playwright/test/cli');
  const env = { PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: String(CONNECTION_LIMIT) };
  run(process.execPath, [cli, 'install', 'chromium'], { env, stdio: 'ignore' });
}

function installPackage() {
  if (!isRoot || process.platform !== 'linux') return;
  console.log('Installing the system’s own Chromium …');
  const options = { env: { DEBIAN_FRONTEND: 'noninteractive' }, stdio: ['ignore', 'ignore', 'inherit'] };
  if (run('apt-get', ['update'], options)) run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], options);
}

function run(command, args, { env, stdio }) {
  return spawnSync(command, args, { stdio, timeout: LIMIT, env: { ...process.env, ...env } }).status === 0;
}
