import { revivePosting } from '../../domain/ledger/postings.ts';
import { moveExpiries } from '../../ledger/expiry.ts';
import { post } from '../../ledger/post.ts';
import type { Tx } from '../../prisma/client.ts';
import { grantKey } from './budget.ts';
import type { MovedReward } from './nth.ts';

/** Whose rewards have moved, by which event, and what time it is. */
interface MovedOf {
  readonly programId: string;
  readonly memberId: string;
  readonly now_ms: number;
  readonly by: string;
}

/**
 * Has what a member has of rewards that have matured expire when these do by now. What had lapsed is there
 * again where that is to come; where it is past, what is left has expired from this moment on. What was spent
 * stays spent. A reward of which nothing has matured has no lots yet, and its lots will know.
 */
export async function moveLots(
  tx: Tx,
  { programId, memberId, now_ms, by }: MovedOf,
  rewards: readonly MovedReward[],
): Promise<void> {
  const moves = rewards.flatMap(({ rewardId, unit, status, expiresAt }) => {
    if (unit === null || status !== 'available' || expiresAt === null) return [];
    return [{ rewardId, unit, origin: grantKey(rewardId), expires_at_ms: expiresAt.getTime() }];
  });
  const wanted = moves.map(({ origin, expires_at_ms }) => ({ origin, expires_at_ms }));
  const lapsed = await moveExpiries(tx, programId, wanted);
  const postings = moves.flatMap(({ rewardId, unit, origin, expires_at_ms }) => {
    const amount_minor = lapsed.get(origin);
    if (amount_minor === undefined || expires_at_ms <= now_ms) return [];
    const key = `revive:${rewardId}:${expires_at_ms}:${by}`;
    const common = { key, unit, amount_minor, memberId, occurred_at_ms: now_ms };
    return [revivePosting({ ...common, origin, lot_expires_at_ms: expires_at_ms })];
  });
  const result = await post(tx, programId, postings);
  if (!result.ok) throw new Error(`what lapsed of ${memberId} was not revived: ${result.code}`);
}
