import { maturePosting } from '../../domain/ledger/postings.ts';
import { toJson } from '../../domain/money.ts';
import { post } from '../../ledger/post.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import type { OutboxMessage } from '../events/outbox.ts';

interface Due {
  id: string;
  member_id: string;
  referral_id: string | null;
  unit: string | null;
  left_minor: bigint;
  matures_at: Date;
  expires_at: Date | null;
}

/** Whose holds are looked at, and as of when. */
export interface Holds {
  readonly programId: string;
  /** SQL over `rewards`. */
  readonly which: Prisma.Sql;
  readonly now_ms: number;
}

/**
 * Ends the holds whose time has come: pending becomes available, less what the member owes. A repeat finds nothing due. The
 * caller has locked what `which` depends on, and tells the messages that this gives.
 */
export async function matureHolds(tx: Tx, holds: Holds): Promise<OutboxMessage[]> {
  const { programId, which, now_ms } = holds;
  const due = await tx.$queryRaw<Due[]>`
    UPDATE rewards SET status = 'available'
    WHERE program_id = ${programId}::uuid AND ${which} AND status = 'held' AND matures_at <= ${new Date(now_ms)}::timestamptz
    RETURNING id::text, member_id::text, referral_id::text, unit, amount_minor - reversed_minor AS left_minor, matures_at, expires_at`;
  const postings = due.flatMap(postingOf);
  const posted = postings.length === 0 ? null : await post(tx, programId, postings);
  if (posted !== null && !posted.ok) throw new Error(`rewards on hold cannot mature: ${posted.code}`);
  return due.map(messageOf);
}

/** Badges and perks have no posting. */
function postingOf({ id, member_id, unit, left_minor, matures_at, expires_at }: Due) {
  if (unit === null || left_minor === 0n) return [];
  return [
    maturePosting({
      key: `mature:${id}`,
      hold: `grant:${id}`,
      unit,
      amount_minor: left_minor,
      memberId: member_id,
      occurred_at_ms: matures_at.getTime(),
      lot_expires_at_ms: expires_at?.getTime() ?? null,
    }),
  ];
}

function messageOf({ id, member_id, referral_id, unit, left_minor }: Due): OutboxMessage {
  return {
    key: `reward.available:${id}`,
    subject: subjectOf({ referralId: referral_id, memberId: member_id }),
    members: [member_id],
    type: 'reward.available',
    payload: {
      rewardId: id,
      referralId: referral_id,
      memberId: member_id,
      amount: unit === null ? null : toJson({ minor: left_minor, unit }),
    },
  };
}

/** What messages about a reward are in order of: its referral, or its member where no referral granted it. */
export function subjectOf({ referralId, memberId }: { referralId: string | null; memberId: string }) {
  return referralId === null ? (`member:${memberId}` as const) : (`referral:${referralId}` as const);
}
