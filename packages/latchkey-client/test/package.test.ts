import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'latchkey-client-'));
const manifest = JSON.parse(readFileSync('packages/latchkey-client/package.json', 'utf8'));
const tsc = resolve('node_modules/typescript/bin/tsc');

function node(args: string[], cwd = folder): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
  return stdout.trim();
}

beforeAll(() => {
  const installed = join(folder, 'node_modules', 'latchkey-client');
  node([tsc, '-p', 'packages/latchkey-client/tsconfig.json', '--outDir', join(installed, 'dist')], process.cwd());
  writeFileSync(join(installed, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
});
afterAll(() => rmSync(folder, { recursive: true }));

test('the package has no dependencies', () => {
  expect([manifest.dependencies, manifest.peerDependencies]).toEqual([undefined, undefined]);
});

test('what is published runs in plain Node', () => {
  const program = `
    import * as client from 'latchkey-client';
    const verifier = client.createVerifier({ url: 'http://127.0.0.1:9' });
    console.log(Object.keys(client).sort().join(' '), (await verifier.verify({ secret: 'x' })).status);
  `;
  expect(node(['--input-type=module', '-e', program])).toBe('accessOf createVerifier guard guardExpress refusalOf 503');
});

test('what is published is typed: the examples of its README compile', () => {
  const readme = readFileSync('packages/latchkey-client/README.md', 'utf8');
  const examples = [...readme.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code);
  expect(examples.length).toBeGreaterThan(2);
  for (const [i, code] of examples.entries()) writeFileSync(join(folder, `example-${i}.ts`), `${code}\nexport {};\n`);
  const declarations = `
    declare module 'express' {
      type Req = import('node:http').IncomingMessage & { params: Record<string, string> };
      type Handler = (req: Req, res: import('node:http').ServerResponse & { json: (body: unknown) => void }, next: (error?: unknown) => void) => void;
      export default function express(): { use: (...handlers: (string | Handler)[]) => void; get: (path: string, ...handlers: Handler[]) => void };
    }
  `;
  writeFileSync(join(folder, 'express.d.ts'), declarations);
  const compilerOptions = { strict: true, noEmit: true, module: 'NodeNext', target: 'ES2022', lib: ['ES2023', 'DOM'], skipLibCheck: true };
  const types = { typeRoots: [resolve('node_modules/@types')], types: ['node'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: { ...compilerOptions, ...types }, include: ['*.ts'] }));
  expect(node([tsc, '-p', folder])).toBe('');
});
