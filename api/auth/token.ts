import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ProgramMode } from '../../prisma/generated/enums.ts';

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const ID_LENGTH = 22;
/** `rk_` began every key once; those that exist are good for ever. */
const TOKEN = /^(?:rk|sk_(?:live|test|platform))_([1-9A-HJ-NP-Za-km-z]{22})_[0-9A-Za-z]{32,128}$/;

/** What a key is for: the mode of its program, or the platform. */
export type KeyKind = ProgramMode | 'platform';

/** A UUID as 22 characters of base 58, padded, so that every token is as long as the next. */
export function shortenId(id: string): string {
  let rest = BigInt(`0x${id.replaceAll('-', '')}`);
  let text = '';
  for (let index = 0; index < ID_LENGTH; index += 1) {
    text = (ALPHABET[Number(rest % 58n)] ?? '') + text;
    rest /= 58n;
  }
  return text;
}

/** The UUID of 22 characters of base 58; null when they name more than 128 bits. */
export function expandId(text: string): string | null {
  let value = 0n;
  for (const character of text) value = value * 58n + BigInt(ALPHABET.indexOf(character));
  if (value >> 128n !== 0n) return null;
  const hex = value.toString(16).padStart(32, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/**
 * 43 random characters of base 58: 251 bits. A byte from 232 on is thrown away, so that none is likelier than
 * another.
 */
export function newSecret(): string {
  let secret = '';
  while (secret.length < 43) {
    for (const byte of randomBytes(64)) {
      if (byte < 232 && secret.length < 43) secret += ALPHABET[byte % 58] ?? '';
    }
  }
  return secret;
}

/** The text of a key. Its beginning tells people what it is for; it is hashed with the rest. */
export const formatToken = (kind: KeyKind, id: string, secret: string): string =>
  `sk_${kind}_${shortenId(id)}_${secret}`;

/** The same as keys were written before they told what they are for. */
export const formatEarlierToken = (id: string, secret: string): string => `rk_${shortenId(id)}_${secret}`;

/** What an `Authorization` header carries as a bearer (RFC 6750); null when it carries none. */
export function bearerOf(header: string | undefined): string | null {
  if (header === undefined || header.slice(0, 7).toLowerCase() !== 'bearer ') return null;
  return header.slice(7).trim();
}

/** Whether a bearer begins as API keys do. */
export const isKeyForm = (bearer: string): boolean => /^(?:rk|sk)_/.test(bearer);

/** Whether a bearer has the form of a signed JWT, as member tokens have, and API keys never. */
export const isJwtForm = (bearer: string): boolean => /^ey[\w-]*\.[\w-]*\.[\w-]*$/.test(bearer);

/**
 * The key's id and the hash to compare, from an `Authorization` header; null when it is not a bearer token of
 * ours.
 */
export function parseAuthorization(
  header: string | undefined,
): { readonly id: string; readonly hash: Buffer } | null {
  const token = bearerOf(header) ?? '';
  const match = TOKEN.exec(token);
  const id = match?.[1] === undefined ? null : expandId(match[1]);
  return id === null ? null : { id, hash: hashToken(token) };
}

/** SHA-256 suffices: a token holds 250 random bits, so there is nothing to guess slowly. */
export function hashToken(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}

/** Compares two hashes without telling by the time it takes where they differ. */
export function sameHash(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
