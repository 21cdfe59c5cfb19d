import { maturePosting } from '../../domain/ledger/postings.ts';
import { toJson } from '../../domain/money.ts';
import { post } from '../../ledger/post.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import type { OutboxMessage } from '../events/outbox.ts';
import { isOfBlocked } from '../members/blocked.ts';
import { grantKey } from './budget.ts';

interface DueReward {
  readonly rewardId: string;
  readonly memberId: string;
  readonly referralId: string | null;
  readonly unit: string | null;
  readonly left_minor: bigint;
  readonly maturesAt: Date;
  readonly expiresAt: Date | null;
}

/** Whose holds are looked at, and as of when. */
export interface Holds {
  readonly programId: string;
  /** SQL over `rewards`. */
  readonly which: Prisma.Sql;
  readonly now_ms: number;
}

/**
 * Ends the holds whose time has come: pending becomes available, less what the member owes. What an operator
 * holds stays, and so does what a blocked member has on hold. A repeat finds nothing due. The caller has
 * locked what `which` depends on, and tells the messages that this gives.
 */
export async function matureHolds(tx: Tx, holds: Holds): Promise<OutboxMessage[]> {
  const { programId, which, now_ms } = holds;
  const due = await tx.$queryRaw<DueReward[]>`
    UPDATE rewards SET status = 'available'
    WHERE program_id = ${programId}::uuid AND ${which} AND status = 'held' AND held_by IS NULL
      AND matures_at <= ${new Date(now_ms)}::timestamptz AND NOT ${isOfBlocked('rewards')}
    RETURNING id::text AS "rewardId", member_id::text AS "memberId", referral_id::text AS "referralId", unit,
      amount_minor - reversed_minor AS left_minor, matures_at AS "maturesAt", expires_at AS "expiresAt"`;
  const postings = due.flatMap(postingOf);
  const result = postings.length === 0 ? null : await post(tx, programId, postings);
  if (result !== null && !result.ok) throw new Error(`rewards on hold cannot mature: ${result.code}`);
  return due.map(messageOf);
}

/** Badges and perks have no posting. */
function postingOf({ rewardId, memberId, unit, left_minor, maturesAt, expiresAt }: DueReward) {
  if (unit === null || left_minor === 0n) return [];
  return [
    maturePosting({
      key: `mature:${rewardId}`,
      hold: grantKey(rewardId),
      unit,
      amount_minor: left_minor,
      memberId,
      occurred_at_ms: maturesAt.getTime(),
      lot_expires_at_ms: expiresAt?.getTime() ?? null,
    }),
  ];
}

function messageOf({ rewardId, memberId, referralId, unit, left_minor }: DueReward): OutboxMessage {
  return {
    key: `reward.available:${rewardId}`,
    subject: subjectOf({ referralId, memberId }),
    members: [memberId],
    type: 'reward.available',
    payload: {
      rewardId,
      referralId,
      memberId,
      amount: unit === null ? null : toJson({ minor: left_minor, unit }),
    },
  };
}

/** What messages about a reward are in order of: its referral, or its member where no referral granted it. */
export function subjectOf({ referralId, memberId }: { referralId: string | null; memberId: string }) {
  return referralId === null ? (`member:${memberId}` as const) : (`referral:${referralId}` as const);
}
