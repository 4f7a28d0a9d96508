// npm test: everything that must hold, in the order in which it fails fastest. Ends with one line: N passed, N failed.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBrowser } from './browser.mjs';
import { ensureGateways } from './gateways.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const reports = join(root, 'dist', 'test');
const UNITS = 'unit and integration tests';
const STORIES = 'browser stories and crashes';

/** The program of a package. Read beside it: not every package exports its package.json. */
const program = (name) => {
  const folder = join(root, 'node_modules', name);
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return join(folder, typeof bin === 'string' ? bin : Object.values(bin)[0]);
};
const latchkey = join(root, 'scripts', 'latchkey.mjs');
const report = (name) => join(reports, `${name}.json`);

/** A program that either holds or does not: it counts as one. */
const check = (name, ...commands) => ({ name, commands, count: (ok) => (ok ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }) });

/** A runner that reports how many of its tests passed; one that fails without a failed test has failed once. */
const tests = (name, command, read) => ({
  name,
  commands: [command],
  count(ok) {
    const { passed, failed } = read(readReport(name));
    return { passed, failed: ok ? failed : Math.max(1, failed) };
  },
});

// What held only at the second try is named: it does not keep everything else from landing, and is not forgotten either.
const flakyTests = ({ assertionResults = [] }) =>
  assertionResults.filter(({ status, failureMessages }) => status === 'passed' && failureMessages.length > 0).map((test) => test.fullName);
const flakyStories = ({ title, specs = [], suites = [] }) => [
  ...specs.filter((spec) => spec.tests.some(({ status }) => status === 'flaky')).map((spec) => `${title}: ${spec.title}`),
  ...suites.flatMap(flakyStories),
];
const flaky = [];

const steps = [
  check('format and lint', [program('@biomejs/biome'), 'ci', '--error-on-warnings', '.']),
  check('types', [latchkey, 'generate'], [program('next'), 'typegen'], [program('typescript'), '--noEmit']),
  check('unused code', [program('knip'), '--no-progress']),
  tests(
    UNITS,
    [program('vitest'), 'run', '--retry=1', '--reporter=default', '--reporter=json', `--outputFile.json=${report(UNITS)}`],
    ({ numPassedTests = 0, numFailedTests = 0, testResults = [] }) => {
      flaky.push(...testResults.flatMap(flakyTests));
      return { passed: numPassedTests, failed: numFailedTests };
    },
  ),
  check('build', [latchkey, 'build']),
  tests(STORIES, [program('@playwright/test'), 'test'], ({ stats = {}, suites = [] }) => {
    flaky.push(...suites.flatMap(flakyStories));
    return { passed: (stats.expected ?? 0) + (stats.flaky ?? 0), failed: stats.unexpected ?? 0 };
  }),
];

function readReport(name) {
  try {
    return JSON.parse(readFileSync(report(name), 'utf8'));
  } catch {
    return {};
  }
}

function runs([script, ...args]) {
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', PLAYWRIGHT_JSON_OUTPUT_FILE: report(STORIES) };
  return spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit', env }).status === 0;
}

function hasBrowser() {
  try {
    process.env.CHROME_PATH = ensureBrowser();
    return true;
  } catch (error) {
    console.error(error.message);
    return false;
  }
}

rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });

const total = { passed: 0, failed: 0 };
const summary = [];
/** What could not be run here, and why. */
const skipped = [];
for (const { name, commands, count } of steps) {
  if (total.failed > 0) {
    summary.push(`  -      ${name} (not run)`);
    continue;
  }
  console.log(`\n── ${name}`);
  const startedAt = Date.now();
  if (name === UNITS) skipped.push(...ensureGateways());
  const ok = (name !== STORIES || hasBrowser()) && commands.every(runs);
  const { passed, failed } = count(ok);
  total.passed += passed;
  total.failed += failed;
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  summary.push(`  ${failed === 0 ? 'ok  ' : 'FAIL'}   ${name}: ${passed} passed, ${failed} failed (${seconds} s)`);
}
for (const name of flaky) summary.push(`  flaky  ${name}`);
for (const reason of skipped) summary.push(`  skip   ${reason}`);
console.log(`\n${summary.join('\n')}\n`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);
