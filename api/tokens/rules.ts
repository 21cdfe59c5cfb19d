import { hkdfSync } from 'node:crypto';
import { tokenSealKey } from '../../engine/tokens/seal-key.ts';
import { type SealRing, unseal } from '../../platform/seal.ts';
import type { Database } from '../../prisma/client.ts';
import { CachedLookup } from '../cache/cached-lookup.ts';

/** How long another process may still go by settings and secrets that were changed here. */
const RULES_TTL_MS = 2_000;
const PROGRAMS_MAX = 10_000;
const KEY_BYTES = 32;

/** A secret of the host's; `key` null: BADGE_SECRET does not open it. */
export interface TokenSecretKey {
  readonly id: string;
  readonly key: Uint8Array | null;
}

/** What a program's member tokens are checked with, and the web pages that may send them. */
export interface TokenRules {
  readonly origins: readonly string[];
  readonly jwksUrl: string | null;
  /** Of the tokens that we make. */
  readonly ownKey: Uint8Array;
  readonly secrets: readonly TokenSecretKey[];
}

export type TokenRuleCache = CachedLookup<TokenRules>;

interface Secrets {
  readonly sealRing: SealRing;
  readonly linkSecret: string;
}

/** Reads programs' rules through a small cache of two seconds. */
export function createTokenRules(db: Database, secrets: Secrets, now: () => number): TokenRuleCache {
  return new CachedLookup<TokenRules>((id) => loadRules(db, id, secrets), now, RULES_TTL_MS, PROGRAMS_MAX);
}

/** The key of the tokens that we make for one program: derived, so that there is nothing to keep. */
export function ownTokenKey(linkSecret: string, programId: string): Uint8Array {
  return new Uint8Array(
    hkdfSync('sha256', linkSecret, programId, 'referral engine, member token', KEY_BYTES),
  );
}

async function loadRules(
  db: Database,
  programId: string,
  { sealRing, linkSecret }: Secrets,
): Promise<TokenRules | null> {
  const program = await db.program.findUnique({
    where: { id: programId },
    select: {
      tokenSettings: { select: { origins: true, jwksUrl: true } },
      tokenSecrets: { where: { revokedAt: null }, select: { id: true, sealed: true } },
    },
  });
  if (program === null) return null;
  const { tokenSettings, tokenSecrets } = program;
  return {
    origins: tokenSettings?.origins ?? [],
    jwksUrl: tokenSettings?.jwksUrl ?? null,
    ownKey: ownTokenKey(linkSecret, programId),
    secrets: tokenSecrets.map(({ id, sealed }) => {
      const secret = unseal(tokenSealKey(sealRing, id), sealed ?? '');
      return { id, key: secret === null ? null : Buffer.from(secret, 'utf8') };
    }),
  };
}
