import { createHmac, hash } from 'node:crypto';

/** SHA-256 of a text, in hex. */
export function sha256(text: string): string {
  return hash('sha256', text);
}

/**
 * HMAC-SHA-256 in hex, cut to 128 bits. It lets addresses or user agents be compared, but nobody can read
 * them back without the secret.
 */
export function keyedHash(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('hex').slice(0, 32);
}

/** JSON of what may hold bigints, which become decimal strings. */
export function toJsonText(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? item.toString() : item));
}

/**
 * JSON with the keys of every object in order, so that equal contents give equal texts. Bigints become
 * decimal strings.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item === 'bigint') return item.toString();
    if (item === null || typeof item !== 'object' || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  });
}
