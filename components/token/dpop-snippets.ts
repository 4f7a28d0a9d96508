import type { RecipeBlock } from '@/lib/gateways/recipes';

const PROOF = `import { readFile } from 'node:fs/promises';
import * as DPoP from 'dpop'; // npm install dpop

const EC = { name: 'ECDSA', namedCurve: 'P-256' };
const { d, ...publicJwk } = JSON.parse(await readFile(process.env.API_KEY_FILE, 'utf8'));
const keys = {
  privateKey: await crypto.subtle.importKey('jwk', { ...publicJwk, d }, EC, false, ['sign']),
  publicKey: await crypto.subtle.importKey('jwk', publicJwk, EC, true, ['verify']),
};`;

/**
 * How a program sends a token that is bound to a key: the scheme is DPoP, and each request has a proof of its own. The private key is the
 * file that the console made. docs/dpop.md has the same, and the tests run what stands here.
 */
export const boundSnippets: Record<'curl' | 'javascript' | 'python', RecipeBlock[]> = {
  curl: [
    {
      place: 'proof.mjs',
      text: `${PROOF}

const [method, url] = process.argv.slice(2);
console.log(await DPoP.generateProof(keys, url, method, undefined, process.env.API_TOKEN));`,
    },
    {
      place: null,
      text: `URL=https://api.example.org/orders
curl -H "Authorization: DPoP $API_TOKEN" -H "DPoP: $(node proof.mjs GET "$URL")" "$URL"`,
    },
  ],
  javascript: [
    {
      place: null,
      text: `${PROOF}

// A proof is for one request: for its method, its address, and once.
async function send(url, options = {}) {
  const token = process.env.API_TOKEN;
  const proof = await DPoP.generateProof(keys, url, options.method ?? 'GET', undefined, token);
  const headers = { ...options.headers, Authorization: \`DPoP \${token}\`, DPoP: proof };
  return fetch(url, { ...options, headers });
}

const answer = await send('https://api.example.org/orders');
if (!answer.ok) throw new Error(\`\${answer.status} \${answer.headers.get('WWW-Authenticate') ?? ''}\`);`,
    },
  ],
  python: [
    {
      place: null,
      text: `import base64
import hashlib
import json
import os
import time
import uuid

import jwt  # pip install "pyjwt[crypto]" requests
import requests

TOKEN = os.environ["API_TOKEN"]
with open(os.environ["API_KEY_FILE"]) as file:
    JWK = json.load(file)
PUBLIC = {name: JWK[name] for name in ("kty", "crv", "x", "y")}
HASH = base64.urlsafe_b64encode(hashlib.sha256(TOKEN.encode()).digest()).rstrip(b"=").decode()


def send(method, url, **options):
    """A proof is for one request: for its method, its address, and once."""
    claims = {"htm": method, "htu": url, "ath": HASH, "iat": int(time.time()), "jti": str(uuid.uuid4())}
    proof = jwt.encode(claims, jwt.PyJWK(JWK).key, algorithm="ES256", headers={"typ": "dpop+jwt", "jwk": PUBLIC})
    headers = {"Authorization": f"DPoP {TOKEN}", "DPoP": proof}
    return requests.request(method, url, headers=headers, timeout=10, **options)


answer = send("GET", "https://api.example.org/orders")
answer.raise_for_status()`,
    },
  ],
};
