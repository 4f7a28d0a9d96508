/** What a token can be used with; the last seven are gateways, with a page each in docs/gateways. */
export const tools = ['curl', 'javascript', 'python', 'nginx', 'caddy', 'haproxy', 'apisix', 'traefik', 'envoy', 'kong'] as const;

export type Tool = (typeof tools)[number];

/** Names are the same in every language. */
export const toolNames: Record<Tool, string> = {
  curl: 'curl',
  javascript: 'JavaScript',
  python: 'Python',
  nginx: 'nginx',
  caddy: 'Caddy',
  haproxy: 'HAProxy',
  apisix: 'Apache APISIX',
  traefik: 'Traefik',
  envoy: 'Envoy',
  kong: 'Kong',
};

/** Whether it sends the token (with a snippet of clientSnippets) or, as a gateway does, asks about it. */
export function isClient(tool: Tool): tool is 'curl' | 'javascript' | 'python' {
  return tool === 'curl' || tool === 'javascript' || tool === 'python';
}

/** How a program sends a token with its requests. The value comes from the environment: never from the source. */
export const clientSnippets = {
  curl: `curl -H "X-API-KEY: $API_TOKEN" https://api.example.org/orders`,
  javascript: `const answer = await fetch('https://api.example.org/orders', {
  headers: { 'X-API-KEY': process.env.API_TOKEN },
});
if (!answer.ok) throw new Error(\`\${answer.status} \${answer.headers.get('WWW-Authenticate') ?? ''}\`);`,
  python: `import os
import requests

answer = requests.get(
    "https://api.example.org/orders",
    headers={"X-API-KEY": os.environ["API_TOKEN"]},
    timeout=10,
)
answer.raise_for_status()`,
} as const;
