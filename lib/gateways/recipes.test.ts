import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { blocksOf, withScopes } from '@/lib/gateways/recipes';

const pages = (await readdir('docs/gateways')).filter((name) => name !== 'README.md');

test.each(pages)('%s has configuration that asks Latchkey where it listens', async (name) => {
  const blocks = blocksOf(await readFile(`docs/gateways/${name}`, 'utf8'));
  expect(blocks.map(({ text }) => text).join('\n')).toMatch(/127\.0\.0\.1:3000|port_value: 3000/);
});

test.each(pages)('%s, for a token with scopes, wants all of them and none of the docs’', async (name) => {
  const text = blocksOf(await readFile(`docs/gateways/${name}`, 'utf8'))
    .map((block) => block.text)
    .join('\n');
  expect(text).toMatch(/orders\.read/);
  const fitted = withScopes(text, ['1.5', 'invoices:read', 'true']);
  expect(fitted).not.toMatch(/orders\.(read|write)/);
  expect(fitted).toMatch(/1\.5([+ ])invoices:read\1true|\["1\.5", "invoices:read", "true"\]/);
  expect(withScopes(text, [])).toBe(text);
});

test('each piece says where it goes, unless it is typed into a shell', async () => {
  const places = await Promise.all(
    pages.map(async (name) => [name, blocksOf(await readFile(`docs/gateways/${name}`, 'utf8')).map(({ place }) => place)]),
  );
  expect(Object.fromEntries(places)).toMatchObject({
    'apisix.md': [null, 'routes.json'],
    'caddy.md': ['/etc/caddy/Caddyfile'],
    'envoy.md': ['envoy.yaml'],
    'haproxy.md': ['/etc/haproxy/latchkey.lua', '/etc/haproxy/haproxy.cfg'],
    'nginx.md': ['/etc/nginx/conf.d/api.conf'],
  });
});
