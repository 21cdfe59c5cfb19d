import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const VERSION = 'v1';
const KEY_BYTES = 32;
const SALT_BYTES = 16;
/** The length that NIST SP 800-38D recommends for GCM. */
const IV_BYTES = 12;

/** What a text is sealed with and for: it opens only with the same three. */
export interface SealKey {
  readonly secret: string;
  /** The kind of thing that is sealed. One secret serves several kinds, and no kind opens another's. */
  readonly purpose:
    | 'badge issuer key'
    | 'billing source'
    | 'coupon code'
    | 'payout endpoint'
    | 'token secret'
    | 'webhook endpoint';
  /** The row that keeps it. */
  readonly owner: string;
}

const keyOf = ({ secret, purpose }: SealKey, salt: Buffer) =>
  Buffer.from(hkdfSync('sha256', secret, salt, `referral engine, ${purpose}`, KEY_BYTES));

/** Encrypts a text at rest with AES-256-GCM under a key derived from the secret. */
export function seal(key: SealKey, text: string): string {
  const salt = randomBytes(SALT_BYTES);
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyOf(key, salt), iv).setAAD(Buffer.from(key.owner));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  const parts = [salt, iv, cipher.getAuthTag(), sealed].map((part) => part.toString('base64url'));
  return [VERSION, ...parts].join('.');
}

/** The text that was sealed, or null when the key or the sealed text is another. */
export function unseal(key: SealKey, sealed: string): string | null {
  const [version, ...parts] = sealed.split('.');
  const [salt, iv, tag, body] = parts.map((part) => Buffer.from(part, 'base64url'));
  if (version !== VERSION || !salt || !iv || !tag || !body) return null;
  try {
    const decipher = createDecipheriv('aes-256-gcm', keyOf(key, salt), iv, { authTagLength: 16 })
      .setAAD(Buffer.from(key.owner))
      .setAuthTag(tag);
    return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
  } catch {
    return null;
  }
}
