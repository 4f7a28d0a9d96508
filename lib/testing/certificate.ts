import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

export type Certificate = { cert: string; key: string };

/**
 * A certificate (X.509, P-256) for localhost and 127.0.0.1 that nobody signed but itself, good for a day; in PEM. Made by hand, so that the
 * tests need no program that may not be there.
 */
export function selfMadeCertificate(): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const serial = der(0x02, Buffer.from([1]), randomBytes(8));
  const name = der(0x30, der(0x31, der(0x30, oid('550403'), der(0x0c, Buffer.from('localhost')))));
  const validity = der(0x30, moment(Date.now() - 3_600_000), moment(Date.now() + 86_400_000));
  const names = der(0x30, der(0x82, Buffer.from('localhost')), der(0x87, Buffer.from([127, 0, 0, 1])));
  const isAuthority = der(0x30, der(0x01, Buffer.from([0xff])));
  const extensions = der(0xa3, der(0x30, der(0x30, oid('551d11'), der(0x04, names)), der(0x30, oid('551d13'), der(0x04, isAuthority))));
  const version = der(0xa0, der(0x02, Buffer.from([2])));
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const signed = der(0x30, version, serial, ECDSA_SHA256, name, validity, name, spki, extensions);
  const whole = der(0x30, signed, ECDSA_SHA256, der(0x03, Buffer.from([0]), sign('sha256', signed, privateKey)));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

const ECDSA_SHA256 = der(0x30, oid('2a8648ce3d040302'));

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

function moment(at: number): Buffer {
  return der(
    0x17,
    Buffer.from(
      new Date(at)
        .toISOString()
        .replaceAll(/[-:T]|\.\d+/g, '')
        .slice(2),
    ),
  );
}

/** A tag, the length, and the parts, by the distinguished encoding rules (X.690). */
function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
