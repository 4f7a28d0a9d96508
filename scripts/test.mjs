// npm test: everything that must hold, in the order in which it fails fastest. Ends with one line: N passed, N failed.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBrowser } from './browser.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const reports = join(root, 'dist', 'test');
const require = createRequire(import.meta.url);

const program = (name) => {
  const path = require.resolve(`${name}/package.json`);
  const { bin } = JSON.parse(readFileSync(path, 'utf8'));
  const file = typeof bin === 'string' ? bin : Object.values(bin)[0];
  return join(path, '..', file);
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

const steps = [
  check('format and lint', [program('@biomejs/biome'), 'ci', '--error-on-warnings', '.']),
  check('types', [latchkey, 'generate'], [program('next'), 'typegen'], [program('typescript'), '--noEmit']),
  check('unused code', [program('knip'), '--no-progress']),
  tests(
    'unit and integration tests',
    [program('vitest'), 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report('unit and integration tests')}`],
    ({ numPassedTests = 0, numFailedTests = 0 }) => ({ passed: numPassedTests, failed: numFailedTests }),
  ),
  check('build', [latchkey, 'build']),
  tests('browser stories and crashes', [program('@playwright/test'), 'test'], ({ stats = {} }) => ({
    passed: (stats.expected ?? 0) + (stats.flaky ?? 0),
    failed: stats.unexpected ?? 0,
  })),
];

function readReport(name) {
  try {
    return JSON.parse(readFileSync(report(name), 'utf8'));
  } catch {
    return {};
  }
}

function runs([script, ...args]) {
  const native = !/\.[cm]?js$/.test(script) && !readFileSync(script, 'utf8').slice(0, 2).startsWith('#!');
  const [command, argv] = native ? [script, args] : [process.execPath, [script, ...args]];
  const env = {
    ...process.env,
    NEXT_TELEMETRY_DISABLED: '1',
    PLAYWRIGHT_JSON_OUTPUT_FILE: report('browser stories and crashes'),
  };
  return spawnSync(command, argv, { cwd: root, stdio: 'inherit', env }).status === 0;
}

rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });

const total = { passed: 0, failed: 0 };
const summary = [];
for (const { name, commands, count } of steps) {
  if (total.failed > 0) {
    summary.push(`  -      ${name} (not run)`);
    continue;
  }
  console.log(`\n── ${name}`);
  const startedAt = Date.now();
  if (name.startsWith('browser')) process.env.CHROME_PATH = ensureBrowser();
  const ok = commands.every(runs);
  const { passed, failed } = count(ok);
  total.passed += passed;
  total.failed += failed;
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  summary.push(`  ${failed === 0 ? 'ok  ' : 'FAIL'}   ${name}: ${passed} passed, ${failed} failed (${seconds} s)`);
}
console.log(`\n${summary.join('\n')}\n`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);
