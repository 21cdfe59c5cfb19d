import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a token is good for: one for surveys opens no other door. */
export type TokenPurpose = 'unsubscribe' | 'survey' | 'device';

const TOKEN = /^([A-Za-z0-9_-]{1,400})\.([A-Za-z0-9_-]{43})$/;

function seal(secret: string, purpose: TokenPurpose, body: string): string {
  return createHmac('sha256', secret).update(`${purpose}.${body}`).digest('base64url');
}

/**
 * A token for a URL. Anybody may read the ids in it, but nobody without the secret can make or change one.
 */
export function signToken(secret: string, purpose: TokenPurpose, parts: readonly string[]): string {
  const body = Buffer.from(JSON.stringify(parts), 'utf8').toString('base64url');
  return `${body}.${seal(secret, purpose, body)}`;
}

/** The parts of a token that was made with this secret for this purpose; null for any other. */
export function openToken(secret: string, purpose: TokenPurpose, token: string): readonly string[] | null {
  const [, body = '', given = ''] = TOKEN.exec(token) ?? [];
  const wanted = seal(secret, purpose, body);
  if (given.length !== wanted.length || !timingSafeEqual(Buffer.from(given), Buffer.from(wanted))) {
    return null;
  }
  return JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as readonly string[];
}
