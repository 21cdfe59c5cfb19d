import { SignJWT } from 'jose';
import { ownTokenKey } from './rules.ts';

/** Names, in a token's header, the key that we derive; secrets of the host's have UUIDs. */
export const OWN_KEY_ID = 'engine';

/** Who a token is for, what it may do, and for how long. */
export interface NewToken {
  readonly programId: string;
  readonly memberId: string;
  readonly mayRedeem: boolean;
  readonly now_ms: number;
  readonly ttl_s: number;
}

/** A token as it is handed out; nothing of it is stored. */
export interface MintedToken {
  readonly token: string;
  readonly expiresAt: Date;
}

/** Signs a token of our own (HS256) for one member. */
export async function mintToken(
  linkSecret: string,
  { programId, memberId, mayRedeem, now_ms, ttl_s }: NewToken,
): Promise<MintedToken> {
  const issuedAt_s = Math.floor(now_ms / 1_000);
  const expiresAt_s = issuedAt_s + ttl_s;
  const token = await new SignJWT(mayRedeem ? { redeem: true } : {})
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid: OWN_KEY_ID })
    .setSubject(memberId)
    .setAudience(programId)
    .setIssuedAt(issuedAt_s)
    .setExpirationTime(expiresAt_s)
    .sign(ownTokenKey(linkSecret, programId));
  return { token, expiresAt: new Date(expiresAt_s * 1_000) };
}
