import { createHash } from 'node:crypto';
import { issuerDocument } from '../../domain/badges/credential.ts';
import { publicKeysOf } from '../../engine/badges/keys.ts';
import { proofHolds } from '../../engine/badges/sign.ts';
import { UUID_PATTERN } from '../../platform/ids.ts';
import type { Database } from '../../prisma/client.ts';
import type { RewardStatus } from '../../prisma/generated/client.ts';
import { TtlCache } from '../cache/ttl-cache.ts';

/** The parts of a signed credential that the page shows. */
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

/** What the records alone say of a credential: it is valid, was taken back, or is past its end. */
export const RECORDED_STATES = ['valid', 'revoked', 'expired'] as const;
type RecordedState = (typeof RECORDED_STATES)[number];

/** The same, or that the credential differs from what was signed. */
export type CredentialState = RecordedState | 'invalid';

/** The part of the reward that a credential's state depends on. */
export const WITH_REWARD = {
  reward: { select: { status: true, expiresAt: true, memberId: true } },
} as const;

/**
 * A credential with its reward's status and member, by its public id; null for an unknown id and for what is
 * no id.
 */
export async function findCredential(db: Database, id: string) {
  if (!UUID_PATTERN.test(id)) return null;
  const found = await db.badgeCredential.findUnique({
    where: { id },
    include: WITH_REWARD,
  });
  // Of a badge whose holder was erased there is nothing left to show.
  return found?.document === '{}' ? null : found;
}

export type FoundCredential = NonNullable<Awaited<ReturnType<typeof findCredential>>>;

/** The state by the records alone, without a look at the signature. */
export function recordedState(
  reward: { readonly status: RewardStatus; readonly expiresAt: Date | null },
  now_ms: number,
): RecordedState {
  if (reward.status === 'reversed') return 'revoked';
  return reward.expiresAt !== null && reward.expiresAt.getTime() <= now_ms ? 'expired' : 'valid';
}

const PROOF_TTL_MS = 600_000;

/**
 * Results of checked proofs, by the hash of document and keys: the same text and keys give the same result.
 */
const proofs = new TtlCache<boolean>(PROOF_TTL_MS, 2_000);

/**
 * The state of a credential: checks the stored document's proof against the issuer's keys, then reads the
 * records.
 */
export async function stateOf(db: Database, row: FoundCredential, now_ms: number): Promise<CredentialState> {
  const keys = await publicKeysOf(db, row.programId);
  const hash = createHash('sha256')
    .update(JSON.stringify([row.document, keys]))
    .digest('hex');
  let holds = proofs.get(hash, now_ms);
  if (holds === undefined) {
    holds = await checkProof(row, keys);
    proofs.set(hash, holds, now_ms);
  }
  return holds ? recordedState(row.reward, now_ms) : 'invalid';
}

async function checkProof(row: FoundCredential, keys: readonly string[]): Promise<boolean> {
  const credential = JSON.parse(row.document) as SignedBadge;
  // The issuer's address is part of what was signed, so old credentials stay valid here when the API moves.
  const controller = issuerDocument(credential.issuer, keys);
  // Checks the proof alone, at a moment when the credential was valid. The records say whether it still is.
  return await proofHolds(credential, controller, new Date(credential.validFrom));
}

/** A definition with its picture and its program, by its public id; null for an unknown one. */
export async function findDefinition(db: Database, id: string) {
  if (!UUID_PATTERN.test(id)) return null;
  return await db.badgeDefinition.findUnique({ where: { id }, include: { program: true } });
}
