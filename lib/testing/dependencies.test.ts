import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const [, toRun = '', toDevelop = ''] = readFileSync('docs/dependencies.md', 'utf8').split(/^## To (?:run|develop)$/m);
const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));

type Lock = { packages: Record<string, { dev?: true; optionalDependencies?: Record<string, string> }> };

/** The rows of a table: a package in code, and a sentence. */
function documented(table: string): string[] {
  return [...table.matchAll(/^\| `(.+?)` +\| +[^|]{10,}\. +\|$/gm)].map(([, name = '']) => name);
}

test.each([
  ['dependency', toRun, dependencies],
  ['devDependency', toDevelop, devDependencies],
])('every %s has one sentence of reason in docs/dependencies.md, and nothing else stands there', (_, table, packages) => {
  expect(documented(table)).toEqual(Object.keys(packages).sort());
});

test('every version is exact, so that what was tested is what is installed', () => {
  for (const version of Object.values({ ...dependencies, ...devDependencies })) expect(version).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
});

test('the build compiles nothing that needs a devDependency: npm ci --omit=dev is enough for npm start', () => {
  const compiler = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--listFilesOnly'];
  const files = execFileSync(process.execPath, compiler, { encoding: 'utf8' }).split('\n');
  expect(files.filter((file) => file.endsWith('/server.ts'))).toHaveLength(1);
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock;
  // Next brings one of them along by itself.
  const absent = Object.keys(devDependencies).filter((name) => packages[`node_modules/${name}`]?.dev);
  expect(files.filter((file) => absent.some((name) => file.startsWith(`${process.cwd()}/node_modules/${name}/`)))).toEqual([]);
});

test('the lock file names the packages of every platform; without one of them npm ci refuses it (scripts/complete-lock.mjs adds them)', () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock;
  const isThere = (name: string, where: string): boolean => {
    if (packages[`${where}/node_modules/${name}`] ?? packages[`node_modules/${name}`]) return true;
    const above = where.lastIndexOf('/node_modules/');
    return above !== -1 && isThere(name, where.slice(0, above));
  };
  const missing = Object.entries(packages).flatMap(([where, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => !isThere(name, where)),
  );
  expect(missing).toEqual([]);
});
