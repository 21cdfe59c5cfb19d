import { createHash, randomBytes } from 'node:crypto';

function format(bytes: Uint8Array, version: number): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | (version << 4);
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Buffer.from(bytes).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/**
 * A new UUID of version 7 (RFC 9562): its first 48 bits are the time, so that rows of one time lie together
 * in an index.
 */
export function newId(now_ms: number = Date.now()): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now_ms, 0, 6);
  return format(bytes, 7);
}

/** The lowest UUID of version 7 that a moment can have. */
export function lowestIdAt(at_ms: number): string {
  const time = at_ms.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`;
}

/**
 * The UUID that these parts name, always the same, so that a repeated step finds what the first try made.
 * Version 8 (RFC 9562, free form) over SHA-256; each part's length goes in, so that no two lists of parts
 * read alike.
 */
export function nameId(...parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:${part}`);
  return format(hash.digest().subarray(0, 16), 8);
}

/** Matches any UUID in either case: RFC 9562, section 4, writes lower case and reads both. */
export const ANY_CASE_UUID_PATTERN =
  /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;

/** Matches the canonical form of any UUID. */
export const UUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
