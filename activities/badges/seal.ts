import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const VERSION = 'v1';
const PURPOSE = 'referral engine, badge issuer key';
const KEY_BYTES = 32;
const SALT_BYTES = 16;
/** The length that NIST SP 800-38D recommends for GCM. */
const IV_BYTES = 12;

const keyOf = (secret: string, salt: Buffer) =>
  Buffer.from(hkdfSync('sha256', secret, salt, PURPOSE, KEY_BYTES));

/** Encrypts a text at rest with AES-256-GCM under a key derived from `secret`; it opens only for the same `owner`. */
export function seal(secret: string, owner: string, text: string): string {
  const salt = randomBytes(SALT_BYTES);
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyOf(secret, salt), iv).setAAD(Buffer.from(owner));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  const parts = [salt, iv, cipher.getAuthTag(), sealed].map((part) => part.toString('base64url'));
  return [VERSION, ...parts].join('.');
}

/** The text that was sealed, or null when the secret, the owner or the sealed text is another. */
export function unseal(secret: string, owner: string, sealed: string): string | null {
  const [version, ...parts] = sealed.split('.');
  const [salt, iv, tag, body] = parts.map((part) => Buffer.from(part, 'base64url'));
  if (version !== VERSION || !salt || !iv || !tag || !body) return null;
  try {
    const decipher = createDecipheriv('aes-256-gcm', keyOf(secret, salt), iv, { authTagLength: 16 })
      .setAAD(Buffer.from(owner))
      .setAuthTag(tag);
    return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
  } catch {
    return null;
  }
}
