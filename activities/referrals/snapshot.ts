import type { ReferralStage } from '../../domain/referrals/referral.ts';
import { isOfBlocked } from '../../engine/members/blocked.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';

/** Which referral, and what time it is for the workflow that asks (in milliseconds since 1970). */
export interface ReferralRef {
  readonly programId: string;
  readonly referralId: string;
  readonly now_ms: number;
}

export interface ReferralEventRef extends ReferralRef {
  readonly eventId: string;
}

/** All that a referral's workflow needs and carries: plain JSON, ids only. */
export interface ReferralSnapshot {
  /** Null: nothing is stored, because the signup was refused. */
  readonly stage: ReferralStage | null;
  readonly reason: string | null;
  readonly referrer_id: string | null;
  readonly policy_version: number | null;
  readonly verdict: string | null;
  /** When the next held reward matures, but for those of blocked members and those that an operator holds. */
  readonly matures_at_ms: number | null;
  /** When the referral ends by itself. */
  readonly due_at_ms: number | null;
  readonly rewards: { readonly held: number; readonly available: number; readonly reversed: number };
  /** How often it has changed; left out of those from before this was counted. */
  readonly version?: number | undefined;
}

/** Without a stage there is no referral, and the rest is null too. */
export interface SnapshotRow {
  readonly stage: ReferralStage | null;
  readonly reason: string | null;
  readonly referrerId: string | null;
  readonly policyVersion: number | null;
  readonly verdict: string | null;
  readonly dueAt: Date | null;
  readonly maturesAt: Date | null;
  readonly held: number;
  readonly available: number;
  readonly reversed: number;
  readonly version: number;
}

const NOTHING: ReferralSnapshot = {
  stage: null,
  reason: null,
  referrer_id: null,
  policy_version: null,
  verdict: null,
  matures_at_ms: null,
  due_at_ms: null,
  rewards: { held: 0, available: 0, reversed: 0 },
  version: 0,
};

/** Columns of the referral `r`. */
export const REFERRAL_COLUMNS = Prisma.sql`
  r.stage::text, r.reason, r.referrer_id::text AS "referrerId", r.policy_version AS "policyVersion",
  r.verdict, r.due_at AS "dueAt", r.version`;

/**
 * Columns over the rewards of one referral, which have `status`, `matures_at` and `frozen`: whether an
 * operator holds it, or its member is blocked, so that it does not mature.
 */
export const REWARD_COUNTS = Prisma.sql`
  min(matures_at) FILTER (WHERE status = 'held' AND NOT frozen) AS "maturesAt",
  count(*) FILTER (WHERE status = 'held')::int AS held,
  count(*) FILTER (WHERE status = 'available')::int AS available,
  count(*) FILTER (WHERE status = 'reversed')::int AS reversed`;

/** Those of the rewards of the referral `r`, as they are stored. */
export const STORED_REWARDS = Prisma.sql`(
  SELECT ${REWARD_COUNTS} FROM (
    SELECT status, matures_at, held_by IS NOT NULL OR ${isOfBlocked('rewards')} AS frozen FROM rewards
    WHERE program_id = r.program_id AND referral_id = r.id) each_reward)`;

/** The referral as it stands in this transaction. */
export async function readSnapshot(
  tx: Tx,
  { programId, referralId }: ReferralRef,
): Promise<ReferralSnapshot> {
  const [row] = await tx.$queryRaw<SnapshotRow[]>`
    SELECT ${REFERRAL_COLUMNS}, w.*
    FROM referrals r, LATERAL ${STORED_REWARDS} w
    WHERE r.program_id = ${programId}::uuid AND r.id = ${referralId}::uuid`;
  return snapshotOf(row);
}

/** Returns a row in the form the workflow carries. No row means that the referral does not exist. */
export function snapshotOf(row: SnapshotRow | undefined): ReferralSnapshot {
  if (row === undefined) return NOTHING;
  const { stage, reason, referrerId, policyVersion, verdict, held, available, reversed, version } = row;
  return {
    stage,
    reason,
    referrer_id: referrerId,
    policy_version: policyVersion,
    verdict,
    matures_at_ms: row.maturesAt?.getTime() ?? null,
    due_at_ms: row.dueAt?.getTime() ?? null,
    rewards: { held, available, reversed },
    version,
  };
}
