// The longest password in UTF-8, percent-encoded, and room for the rest.
const MOST = 64 * 1024;
const FIELDS = ['csrfToken', 'email', 'password', 'callbackUrl', 'json'];

/** The fields of a sign-in or sign-out form (urlencoded or JSON), or null if it is neither, too long, or has anything but texts in them. */
export async function readAuthForm(req: Request): Promise<Record<string, string> | null> {
  const type = req.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded' && type !== 'application/json') return null;
  const text = await readText(req);
  if (text === null) return null;
  const given = type === 'application/json' ? parseJson(text) : Object.fromEntries(new URLSearchParams(text));
  if (typeof given !== 'object' || given === null) return null;
  const fields = Object.entries(given).filter(([name]) => FIELDS.includes(name));
  return fields.every(([, value]) => typeof value === 'string') ? Object.fromEntries(fields) : null;
}

async function readText(req: Request): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of req.body ?? []) {
    size += chunk.byteLength;
    if (size > MOST) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
