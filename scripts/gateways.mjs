// The gateways that the recipes of docs/gateways are run on, and the servers that Latchkey is tried with. Plain JavaScript: npm test installs them before anything is built.
import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { isProgram } from './browser.mjs';

/** Each program and the Debian package that has it. */
const PACKAGES = { nginx: 'nginx-light', caddy: 'caddy', haproxy: 'haproxy', 'redis-server': 'redis-server', rsyslogd: 'rsyslog' };
const LIMIT = 300_000;

/** The path of a gateway's program (`nginx`, `caddy`, `haproxy`) or server (`redis-server`, `rsyslogd`), or undefined where it is not installed. */
export function gatewayPath(name) {
  // Debian keeps servers where only root's PATH leads.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

/** Installs, as root and with apt-get, what is missing. Gives a sentence for each that stays missing: what needs it is not run. */
export function ensureGateways() {
  if (missing().length > 0 && process.getuid?.() === 0 && process.platform === 'linux') install();
  return missing().map(
    (name) => `${name} is not installed and could not be (apt-get install ${PACKAGES[name]}, as root): what needs it is not run`,
  );
}

function missing() {
  return Object.keys(PACKAGES).filter((name) => !gatewayPath(name));
}

function install() {
  const packages = missing().map((name) => PACKAGES[name]);
  console.log(`Installing ${packages.join(', ')}, to run the recipes of docs/gateways and a syslog receiver …`);
  // In run level 1 a package does not start its server: the tests start their own.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const apt = (...args) => spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'], timeout: LIMIT }).status === 0;
  // One by one: a gateway that this system does not have must not keep the others away.
  if (apt('update')) for (const name of packages) apt('install', '-y', '--no-install-recommends', name);
}
