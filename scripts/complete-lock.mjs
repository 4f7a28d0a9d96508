// Run after npm install: names every platform's packages in package-lock.json. Where a mirror of the registry lacks the package of some
// other platform, npm leaves it out of the file, and then npm ci refuses the file everywhere.
import { readFileSync, writeFileSync } from 'node:fs';

const PATH = 'package-lock.json';
const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const PROCESSORS = ['arm', 'arm64', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];

const lock = JSON.parse(readFileSync(PATH, 'utf8'));
const { '': project, ...packages } = lock.packages;

/** Whether `name` is there for the package at `where`: in its own folder or in one above. */
function isThere(name, where) {
  if (packages[`${where}/node_modules/${name}`]) return true;
  const above = where.lastIndexOf('/node_modules/');
  return above === -1 ? packages[`node_modules/${name}`] !== undefined : isThere(name, where.slice(0, above));
}

/** What npm would write, but for the hash of a file that cannot be had here: where it is needed, it can. */
function entry(name, version, { dev, license, engines }) {
  const words = name.split('/').at(-1).split('-');
  const os = words.filter((word) => SYSTEMS.includes(word));
  const cpu = words.filter((word) => PROCESSORS.includes(word));
  const libc = words.some((word) => word.startsWith('musl')) ? ['musl'] : words.some((word) => word.startsWith('gnu')) ? ['glibc'] : [];
  if (cpu.length === 0) throw new Error(`${name}: cannot tell which platform it is for`);
  return {
    version,
    cpu,
    ...(dev ? { dev } : {}),
    ...(libc.length > 0 ? { libc } : {}),
    license,
    optional: true,
    ...(os.length > 0 ? { os } : {}),
    ...(engines ? { engines } : {}),
  };
}

const added = [];
for (const [where, parent] of Object.entries(packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    if (isThere(name, where)) continue;
    packages[`node_modules/${name}`] = entry(name, version, parent);
    added.push(name);
  }
}
const sorted = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en')));
writeFileSync(PATH, `${JSON.stringify({ ...lock, packages: { '': project, ...sorted } }, null, 2)}\n`);
console.log(added.length === 0 ? 'nothing is missing' : `added: ${added.join(', ')}`);
