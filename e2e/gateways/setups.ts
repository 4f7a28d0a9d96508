import { join } from 'node:path';
import { fencedBlock, type Setup } from './gateway';

/** The gateways that are run for real. Beside what a recipe says, only ports, certificates and places of files are a test's own. */
export const setups: Setup[] = [
  {
    name: 'nginx',
    files: (page, { port, latchkey, service, folder }) => ({
      'api.conf': edited(fencedBlock(page, 'nginx'), [
        ['listen 443 ssl http2;', `listen 127.0.0.1:${port};`],
        [/^ *ssl_certificate.*\n/gm, ''],
        ['127.0.0.1:3000', `127.0.0.1:${latchkey}`],
        ['127.0.0.1:8080', `127.0.0.1:${service}`],
      ]),
      'nginx.conf': nginxMain(folder),
    }),
    args: (folder) => ['-p', folder, '-e', 'stderr', '-c', join(folder, 'nginx.conf')],
  },
  {
    name: 'caddy',
    files: (page, { port, latchkey, service }) => ({
      Caddyfile: edited(fencedBlock(page, 'caddyfile'), [
        [/^/, '{\n\tadmin off\n}\n'],
        ['api.example.org {', `http://127.0.0.1:${port} {`],
        ['127.0.0.1:3000', `127.0.0.1:${latchkey}`],
        ['127.0.0.1:8080', `127.0.0.1:${service}`],
      ]),
    }),
    args: (folder) => ['run', '--adapter', 'caddyfile', '--config', join(folder, 'Caddyfile')],
  },
  {
    name: 'haproxy',
    files: (page, { port, spare, latchkey, service, folder }) => ({
      'latchkey.lua': edited(fencedBlock(page, 'lua'), [['127.0.0.1:3001', `127.0.0.1:${spare}`]]),
      'haproxy.cfg': edited(fencedBlock(page, 'haproxy'), [
        ['/etc/haproxy/latchkey.lua', join(folder, 'latchkey.lua')],
        [/bind :443 .*/, `bind 127.0.0.1:${port}`],
        ['127.0.0.1:3001', `127.0.0.1:${spare}`],
        ['127.0.0.1:3000', `127.0.0.1:${latchkey}`],
        ['127.0.0.1:8080', `127.0.0.1:${service}`],
      ]),
    }),
    args: (folder) => ['-db', '-f', join(folder, 'haproxy.cfg')],
  },
];

/** The text with its changes: each must find something to change, so that a recipe cannot drift away from its test. */
function edited(text: string, changes: [from: string | RegExp, to: string][]): string {
  return changes.reduce((before, [from, to]) => {
    const after = typeof from === 'string' ? before.replaceAll(from, to) : before.replace(from, to);
    if (after === before) throw new Error(`the recipe has no ${from}`);
    return after;
  }, text);
}

/** One process, which leaves nothing behind when it is ended, and no folder but its own. */
function nginxMain(folder: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${join(folder, kind)};`);
  return `
    daemon off;
    master_process off;
    pid ${join(folder, 'pid')};
    error_log stderr;
    events {}
    http {
      access_log off;
      ${temporary.join('\n')}
      include ${join(folder, 'api.conf')};
    }
  `;
}
