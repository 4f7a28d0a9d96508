import { X509Certificate } from 'node:crypto';
import type { z } from 'zod';
import { AppError } from '@/lib/errors';
import { runtime } from '@/lib/runtime';
import { SendError } from '@/lib/streams/problem';
import type { StreamSettings, streamTarget } from '@/lib/streams/schema';
import { addressesOf } from '@/lib/streams/target';

/**
 * What of a target is kept in the clear, once it is known that a stream may go there. Refuses `target_unresolved`, `target_private`,
 * `target_insecure`, `target_no_folder`, and authorities that are no certificates.
 */
export async function checkTarget(input: z.infer<typeof streamTarget>): Promise<StreamSettings> {
  switch (input.kind) {
    case 'webhook': {
      const url = new URL(input.url);
      await checkAddress('url', url.hostname, url.protocol === 'https:');
      return { target: url.host, tls: url.protocol === 'https:', ...authorities(input.ca) };
    }
    case 'syslog': {
      const { host, port, tls } = input;
      await checkAddress('host', host, tls);
      return { target: `${host.includes(':') ? `[${host}]` : host}:${port}`, host, port, tls, ...authorities(input.ca) };
    }
    case 'file':
      if (runtime().env.sinkDir === undefined) throw new AppError('target_no_folder', { field: 'file' });
      return { target: input.file, file: input.file };
    case 'stdout':
      return { target: 'stdout' };
  }
}

/** The authorities of a target's settings. Refuses what is no certificate in PEM. */
export function authorities(ca: string): { ca?: string } {
  if (ca === '') return {};
  if (!fingerprints(ca)) throw new AppError('invalid_input', { field: 'ca', rule: 'certificate_invalid' });
  return { ca };
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** What names the certificates in a PEM text; null when there is none, or something else beside them. */
export function fingerprints(pem: string | undefined): string[] | null {
  const found = pem?.match(CERTIFICATE);
  if (!found || pem?.replaceAll(CERTIFICATE, '').trim() !== '') return null;
  try {
    return found.map((one) => new X509Certificate(one).fingerprint256);
  } catch {
    return null;
  }
}

const refusals = { unresolved: 'target_unresolved', private: 'target_private', insecure: 'target_insecure' } as const;

async function checkAddress(field: string, host: string, encrypted: boolean): Promise<void> {
  try {
    await addressesOf(host, encrypted, runtime().env.sinkAllowedNetworks);
  } catch (error) {
    if (!(error instanceof SendError) || !(error.code in refusals)) throw error;
    throw new AppError(refusals[error.code as keyof typeof refusals], { field, values: { host } }, { cause: error });
  }
}
