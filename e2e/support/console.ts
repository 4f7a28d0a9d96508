import { readdir, readFile } from 'node:fs/promises';
import type { Agent } from 'node:http';
import { join } from 'node:path';
import type { ActionResult } from '@/lib/action';
import { type Answer, send } from './http';

const MANIFESTS = join(import.meta.dirname, '..', '..', '.next', 'server', 'app');

let ids: Promise<Map<string, string>> | undefined;

/** The id under which the build knows a server action: what a browser sends in `Next-Action`. */
export async function actionId(name: string): Promise<string> {
  ids ??= readActionIds();
  const id = (await ids).get(name);
  if (!id) throw new Error(`there is no action ${name}`);
  return id;
}

async function readActionIds(): Promise<Map<string, string>> {
  const files = (await readdir(MANIFESTS, { recursive: true })).filter((path) => path.endsWith('server-reference-manifest.json'));
  const found = new Map<string, string>();
  for (const file of files) {
    const { node } = JSON.parse(await readFile(join(MANIFESTS, file), 'utf8')) as { node: Record<string, { exportedName: string }> };
    for (const [id, { exportedName }] of Object.entries(node)) found.set(exportedName, id);
  }
  return found;
}

/** Somebody signed in who calls server actions as a page does, without a browser. */
export class Console {
  readonly #cookies = new Map<string, string>();

  constructor(
    readonly url: string,
    private readonly agent?: Agent,
    /** Headers of every request: what a proxy adds. */
    private readonly always: Record<string, string> = {},
  ) {}

  async signIn({ email, password }: { email: string; password: string }): Promise<void> {
    const first = await this.request('/api/auth/csrf');
    if (first.status !== 200) throw new Error(`not signed in: ${first.status} ${first.body}`);
    const { csrfToken } = JSON.parse(first.body) as { csrfToken: string };
    const form = new URLSearchParams({ csrfToken, email, password, json: 'true' });
    const answer = await this.request('/api/auth/callback/credentials', {
      method: 'POST',
      headers: { origin: this.url, 'content-type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
    });
    if (answer.status !== 200) throw new Error(`not signed in: ${answer.status} ${answer.body}`);
  }

  /** Calls an action with one input, and gives its result. Throws when the answer is none. */
  async act<T>(name: string, path: string, input: unknown): Promise<ActionResult<T>> {
    const answer = await this.post(path, { 'next-action': await actionId(name) }, JSON.stringify([input]));
    const line = answer.body.split('\n').find((row) => /^1:\{"ok"/.test(row));
    if (!line) throw new Error(`${name} was answered ${answer.status}: ${answer.body.slice(0, 200)}`);
    return JSON.parse(line.slice(2)) as ActionResult<T>;
  }

  /** A POST as a page sends it; `headers` add to it or replace what it has. */
  post(path: string, headers: Record<string, string>, body: string): Promise<Answer> {
    const usual = { origin: this.url, accept: 'text/x-component', 'content-type': 'text/plain;charset=UTF-8' };
    return this.request(path, { method: 'POST', headers: { ...usual, ...headers }, body });
  }

  /** What its browser would send along. */
  cookie(): string {
    return [...this.#cookies].map((pair) => pair.join('=')).join('; ');
  }

  async request(path: string, options: { method?: string; headers?: Record<string, string>; body?: string } = {}): Promise<Answer> {
    const headers: Record<string, string> = { cookie: this.cookie(), ...options.headers, ...this.always };
    if (options.body !== undefined) headers['content-length'] = String(Buffer.byteLength(options.body));
    const answer = await send(this.url, path, { ...options, headers, agent: this.agent });
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [name = '', value = ''] = line.split(';', 1)[0]?.split(/=(.*)/s) ?? [];
      this.#cookies.set(name, value);
    }
    return answer;
  }
}
