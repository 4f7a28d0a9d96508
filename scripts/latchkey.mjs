// The commands of package.json: start, dev, demo, build. Plain JavaScript: it runs before anything is built.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const stamp = join(root, 'dist', 'source-hash');
const sources = [
  'app',
  'components',
  'lib',
  'prisma',
  'public',
  'server.ts',
  'package.json',
  'package-lock.json',
  'next.config.mjs',
  'tsconfig.json',
  'tsconfig.build.json',
  'postcss.config.mjs',
  'scripts',
];
const require = createRequire(import.meta.url);

/** Every file that a build depends on; what a build makes itself is left out. */
function* files(path) {
  if (!existsSync(path) || path.endsWith(join('lib', 'generated'))) return;
  if (!statSync(path).isDirectory()) return yield path;
  for (const name of readdirSync(path).sort()) yield* files(join(path, name));
}

function sourceHash() {
  const hash = createHash('sha256').update(process.version);
  for (const source of sources)
    for (const path of files(join(root, source))) hash.update(path.slice(root.length)).update(readFileSync(path));
  return hash.digest('hex');
}

function run(command, args, env = {}) {
  const { status } = spawnSync(process.execPath, [command, ...args], { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  if (status !== 0) process.exit(status ?? 1);
}

/** The Prisma client. Its CLI wants a schema engine that it would download; any existing program satisfies it, and none is used. */
function generateClient() {
  run(require.resolve('prisma/build/index.js'), ['generate', '--no-hints'], {
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
  });
}

const bundle = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  packages: 'external',
  sourcemap: true,
  logLevel: 'warning',
};

const serverBundle = { ...bundle, entryPoints: ['server.ts'], outfile: 'dist/server.mjs' };

async function build() {
  const hash = sourceHash();
  rmSync(stamp, { force: true });
  generateClient();
  const esbuild = await import('esbuild');
  await esbuild.build(serverBundle);
  run(require.resolve('next/dist/bin/next'), ['build'], {
    NODE_ENV: 'production',
    NEXT_TELEMETRY_DISABLED: '1',
    // Instances behind one balancer may have been built apart: the same source gives the same build id and the same names of server
    // actions, which Next salts with this key. (It would encrypt what an inline action closes over: here none does.)
    LATCHKEY_BUILD_ID: hash.slice(0, 20),
    NEXT_SERVER_ACTIONS_ENCRYPTION_KEY: createHash('sha256').update(`actions ${hash}`).digest('base64'),
  });
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(stamp, hash);
}

/** Reads .env beside the project; what the environment says already stays. */
function readDotEnv() {
  const path = join(root, '.env');
  if (existsSync(path)) process.loadEnvFile(path);
}

async function buildIfStale() {
  const isFresh = existsSync(stamp) && existsSync(join(root, '.next', 'BUILD_ID')) && readFileSync(stamp, 'utf8') === sourceHash();
  if (!isFresh) {
    console.log('Building Latchkey (the first time, or because the source has changed) …');
    await build();
  }
}

async function serve() {
  process.env.NODE_ENV = 'production';
  process.chdir(root);
  await import(pathToFileURL(join(root, 'dist', 'server.mjs')).href);
}

async function start() {
  await buildIfStale();
  readDotEnv();
  await serve();
}

const OTHERS = [
  'DATABASE_URL',
  'REDIS_URL',
  'SECRET_KEY',
  'SECRET_KEY_FILE',
  'ADMIN_EMAIL',
  'ADMIN_PASSWORD',
  'CHECKPOINT_FILE',
  'CHECKPOINT_WEBHOOK',
  'SINK_DIR',
];

/** The demo has a database and keys of its own: .env is not read, and settings that lead to others' data do not count. */
async function demo() {
  await buildIfStale();
  for (const name of OTHERS) delete process.env[name];
  process.env.DATA_DIR ||= join(root, 'data-demo');
  run(await bundled('scripts/demo.ts'), []);
  await serve();
}

/** Next reloads pages by itself; when code of the front door or the gate changes, the server starts again. */
async function dev() {
  readDotEnv();
  generateClient();
  const esbuild = await import('esbuild');
  let server;
  let isStopping = false;
  const launch = () => {
    server = spawn(process.execPath, ['--enable-source-maps', join(root, 'dist', 'server.mjs')], {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, NODE_ENV: 'development', NEXT_TELEMETRY_DISABLED: '1' },
    });
    server.once('exit', (code, signal) => {
      if (server.isReplaced && !isStopping) launch();
      else process.exit(code ?? (signal ? 1 : 0));
    });
  };
  const restart = {
    name: 'restart',
    setup: ({ onEnd }) =>
      onEnd(({ errors }) => {
        if (errors.length > 0) return;
        if (!server) return launch();
        server.isReplaced = true;
        server.kill('SIGTERM');
      }),
  };
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.on(signal, () => {
      isStopping = true;
      server?.kill(signal);
    });
  const context = await esbuild.context({ ...serverBundle, plugins: [restart] });
  await context.watch();
}

/** Bundles one TypeScript program and gives the path of what came out. */
async function bundled(file) {
  const esbuild = await import('esbuild');
  const outfile = join(root, 'dist', `${file.replaceAll(/[/\\]/g, '-').replace(/\.ts$/, '')}.mjs`);
  await esbuild.build({ ...bundle, entryPoints: [file], outfile });
  return outfile;
}

/** Bundles one TypeScript program (a benchmark, a loader) and runs it in this process. */
async function script([file, ...args]) {
  readDotEnv();
  // Also in a clone in which nothing was built yet: an auditor's, who only verifies.
  if (!existsSync(join(root, 'lib', 'generated', 'prisma'))) generateClient();
  const outfile = await bundled(file);
  process.argv = [process.argv[0], file, ...args];
  await import(pathToFileURL(outfile).href);
}

const commands = { start, dev, demo, build, generate: generateClient, run: script };
const [, , name, ...args] = process.argv;
const command = commands[name];
if (!command) {
  console.error(`Unknown command ${name ?? ''}: use one of ${Object.keys(commands).join(', ')}`);
  process.exit(2);
}
await command(args);
