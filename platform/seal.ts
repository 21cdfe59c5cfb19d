import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** The form that names its secret. `v1`, the form before it, names none. */
const VERSION = 'v2';
const UNNAMED_VERSION = 'v1';
const KEY_BYTES = 32;
const SALT_BYTES = 16;
/** Tells a handful of secrets apart, and says next to nothing about them. */
const NAME_BYTES = 4;
/** The length that NIST SP 800-38D recommends for GCM. */
const IV_BYTES = 12;

/** The deployment's secrets. The first seals; each opens what it sealed. */
export type SealRing = readonly [string, ...string[]];

/** The kind of thing that is sealed. One secret serves several kinds, and no kind opens another's. */
export type SealPurpose =
  | 'badge issuer key'
  | 'billing source'
  | 'coupon code'
  | 'payout endpoint'
  | 'payout record'
  | 'second factor'
  | 'token secret'
  | 'user email'
  | 'webhook endpoint';

/** What a text is sealed with and for: it opens only with a secret of the ring, and the same two others. */
export interface SealKey {
  readonly ring: SealRing;
  readonly purpose: SealPurpose;
  /** The row that keeps it. */
  readonly owner: string;
}

const keyOf = (secret: string, purpose: SealPurpose, salt: Buffer) =>
  Buffer.from(hkdfSync('sha256', secret, salt, `referral engine, ${purpose}`, KEY_BYTES));

/** Eight hexadecimal digits that name a secret. They are derived apart from the keys that encrypt. */
const nameOf = (secret: string): string =>
  Buffer.from(hkdfSync('sha256', secret, '', 'referral engine, name of a secret', NAME_BYTES)).toString(
    'hex',
  );

/** A secret of a kind of its own, derived from one of the ring, and the number that names it. */
export interface DerivedSecret {
  readonly version: number;
  readonly value: string;
}

/** What the ring gives a library that encrypts and signs by itself, secret by secret. */
export const deriveSecrets = (ring: SealRing, use: string): DerivedSecret[] =>
  ring.map((secret) => ({
    version: Number.parseInt(nameOf(secret), 16),
    value: Buffer.from(hkdfSync('sha256', secret, '', `referral engine, ${use}`, KEY_BYTES)).toString('hex'),
  }));

/** How every text begins that the ring's first secret sealed. */
export const sealPrefix = ([present]: SealRing): string => `${VERSION}.${nameOf(present)}.`;

/** Encrypts a text at rest with AES-256-GCM under a key derived from the ring's first secret. */
export function seal({ ring, purpose, owner }: SealKey, text: string): string {
  const salt = randomBytes(SALT_BYTES);
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyOf(ring[0], purpose, salt), iv).setAAD(Buffer.from(owner));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  const parts = [salt, iv, cipher.getAuthTag(), sealed].map((part) => part.toString('base64url'));
  return sealPrefix(ring) + parts.join('.');
}

/** The text that was sealed, or null when the ring lacks its secret or the sealed text is another. */
export function unseal({ ring, purpose, owner }: SealKey, sealed: string): string | null {
  const [version, ...rest] = sealed.split('.');
  const name = version === VERSION ? rest.shift() : undefined;
  if (version !== VERSION && version !== UNNAMED_VERSION) return null;
  const [salt, iv, tag, body] = rest.map((part) => Buffer.from(part, 'base64url'));
  if (!salt || !iv || !tag || !body) return null;
  for (const secret of ring) {
    if (version === VERSION && name !== nameOf(secret)) continue;
    const text = decrypt(keyOf(secret, purpose, salt), owner, { iv, tag, body });
    if (text !== null) return text;
  }
  return null;
}

function decrypt(
  key: Buffer,
  owner: string,
  { iv, tag, body }: { readonly iv: Buffer; readonly tag: Buffer; readonly body: Buffer },
): string | null {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: 16 })
      .setAAD(Buffer.from(owner))
      .setAuthTag(tag);
    return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
  } catch {
    return null;
  }
}

/** A way to seal texts and to open them. */
export interface Sealing {
  /** How every text begins that the ring's first secret sealed. */
  readonly prefix: string;
  seal(text: string): string | Promise<string>;
  /** Null where no secret of the ring opens it. */
  unseal(sealed: string): string | null | Promise<string | null>;
}

/** The way of `seal` and `unseal`. */
export const sealedBy = (key: SealKey): Sealing => ({
  prefix: sealPrefix(key.ring),
  seal: (text) => seal(key, text),
  unseal: (sealed) => unseal(key, sealed),
});
