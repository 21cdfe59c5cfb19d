import { createHash } from 'node:crypto';
import { issuerDocument } from '../../domain/badges/credential.ts';
import { publicKeysOf } from '../../engine/badges/keys.ts';
import { proofHolds } from '../../engine/badges/sign.ts';
import { UUID_PATTERN } from '../../platform/ids.ts';
import type { Database } from '../../prisma/client.ts';
import type { RewardStatus } from '../../prisma/generated/client.ts';
import { TtlCache } from '../cache/ttl-cache.ts';

/** What a signed credential says, as far as we show it. */
export interface SignedBadge {
  readonly name: string;
  readonly issuer: { readonly id: string; readonly name: string; readonly url: string };
  readonly validFrom: string;
  readonly validUntil?: string;
  readonly credentialSubject: {
    readonly identifier: readonly { readonly identityType: string; readonly identityHash: string }[];
    readonly achievement: {
      readonly id: string;
      readonly name: string;
      readonly description: string;
      readonly criteria: { readonly narrative: string };
    };
  };
}

/** Valid, taken back, past its end, or not what was signed. What is not on record is unknown, which is null elsewhere. */
export type Standing = 'valid' | 'revoked' | 'expired' | 'invalid';

/** A credential by its public id, with its reward's state; null for what is none of ours, and for what is no id at all. */
export async function findCredential(db: Database, id: string) {
  if (!UUID_PATTERN.test(id)) return null;
  return await db.badgeCredential.findUnique({
    where: { id },
    include: { reward: { select: { status: true, expiresAt: true } } },
  });
}

export type FoundCredential = NonNullable<Awaited<ReturnType<typeof findCredential>>>;

/** What the records alone say of it. */
export function recordedStanding(
  reward: { readonly status: RewardStatus; readonly expiresAt: Date | null },
  now_ms: number,
): Exclude<Standing, 'invalid'> {
  if (reward.status === 'reversed') return 'revoked';
  return reward.expiresAt !== null && reward.expiresAt.getTime() <= now_ms ? 'expired' : 'valid';
}

const PROOF_TTL_MS = 600_000;

/** Proofs that were checked, by the hash of the document and the keys: the same text under the same keys cannot come out otherwise. */
const proofs = new TtlCache<boolean>(PROOF_TTL_MS, 2_000);

/** Checks the stored document's proof against the issuer's keys, then what the records say. */
export async function standingOf(db: Database, row: FoundCredential, now_ms: number): Promise<Standing> {
  const keys = await publicKeysOf(db, row.programId);
  const known = createHash('sha256')
    .update(JSON.stringify([row.document, keys]))
    .digest('hex');
  let holds = proofs.get(known, now_ms);
  if (holds === undefined) {
    holds = await checkProof(row, keys);
    proofs.set(known, holds, now_ms);
  }
  return holds ? recordedStanding(row.reward, now_ms) : 'invalid';
}

async function checkProof(row: FoundCredential, keys: readonly string[]): Promise<boolean> {
  const credential = JSON.parse(row.document) as SignedBadge;
  // The issuer's address is part of what was signed, so that a later move of the API leaves old credentials valid here.
  const controller = issuerDocument(credential.issuer, keys);
  // The proof alone is asked for here, at a moment when the credential was valid; whether it still is, the records say.
  return await proofHolds(credential, controller, new Date(credential.validFrom));
}

/** An achievement with its picture, by its public id. */
export async function findAchievement(db: Database, id: string) {
  if (!UUID_PATTERN.test(id)) return null;
  return await db.achievement.findUnique({ where: { id }, include: { program: true } });
}
