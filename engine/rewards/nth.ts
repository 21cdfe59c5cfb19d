import type { Tx } from '../../prisma/client.ts';
import type { Merge } from '../members/merging.ts';
import { COUNTED_STAGES } from '../referrals/qualified.ts';

/** How many rewards one transaction gives other times. */
export const NTH_PAGE = 200;

/** Whose count has moved, and from which time of a referral on. */
export interface Moved {
  readonly programId: string;
  readonly referrerId: string;
  readonly from_ms: number;
}

/** A reward for the count, whose nth is another referral now. */
export interface MovedReward {
  readonly rewardId: string;
  readonly referralId: string;
  /** Null: not credit. */
  readonly unit: string | null;
  readonly status: 'held' | 'available' | 'reversed';
  /** How much later it matures; below 0: earlier. */
  readonly by_ms: number;
  /** When it expires by now; null: never. */
  readonly expiresAt: Date | null;
}

/**
 * Gives the rewards for a referrer's count the time of the referral that is the nth by now, with the hold and
 * the expiry that count from it: a page of them, the lowest counts first. One that has matured stays so; what
 * the member has of it is moved by `moveLots`. A repeat finds nothing left. The caller has locked the
 * referrer. Returns those that moved; as many as `NTH_PAGE`: there may be more.
 */
export async function moveNth(
  tx: Tx,
  { programId, referrerId, from_ms }: Moved,
): Promise<readonly MovedReward[]> {
  return await tx.$queryRaw<MovedReward[]>`
    WITH places AS (
      -- Those before are counted and not read.
      SELECT o.qualified_at AS at,
        (m.qualified_referrals + 1 - row_number() OVER (ORDER BY o.qualified_at DESC))::int AS nth
      FROM members m
      JOIN referrals o ON o.program_id = m.program_id AND o.referrer_id = m.id
      WHERE m.program_id = ${programId}::uuid AND m.id = ${referrerId}::uuid
        AND o.stage IN ${COUNTED_STAGES}
        AND o.qualified_at >= ${new Date(from_ms)}::timestamptz
    ), wrong AS (
      SELECT w.id, p.at, extract(epoch FROM p.at - w.granted_at) AS by_s
      FROM places p
      JOIN rewards w ON w.program_id = ${programId}::uuid AND w.member_id = ${referrerId}::uuid
        AND w.nth = p.nth
      WHERE w.status <> 'reversed' AND w.granted_at <> p.at
      ORDER BY w.nth, w.id LIMIT ${NTH_PAGE}
    ), locked AS (
      SELECT w.id FROM rewards w
      WHERE w.program_id = ${programId}::uuid AND w.id IN (SELECT id FROM wrong)
      ORDER BY w.id FOR UPDATE
    ), moved AS (
      UPDATE rewards w SET granted_at = n.at,
        matures_at = w.matures_at + make_interval(secs => CASE WHEN w.status = 'held' THEN n.by_s ELSE 0 END),
        expires_at = w.expires_at + make_interval(secs => n.by_s)
      FROM wrong n, locked l
      WHERE w.program_id = ${programId}::uuid AND w.id = n.id AND l.id = n.id
      RETURNING w.id, w.referral_id, w.unit, w.status, w.expires_at, n.by_s, n.at
    ), noted AS (
      UPDATE members SET timed_until = greatest(timed_until, (SELECT max(at) FROM moved))
      WHERE program_id = ${programId}::uuid AND id = ${referrerId}::uuid
        AND timed_until < (SELECT max(at) FROM moved)
    )
    SELECT id::text AS "rewardId", referral_id::text AS "referralId", unit, status::text,
      (by_s * 1000)::float8 AS by_ms, expires_at AS "expiresAt"
    FROM moved`;
}

/** The rewards of both members keep the times that they have, since each was for a count of its own. */
export async function mergeNth(tx: Tx, { programId, goesId, staysId }: Merge): Promise<void> {
  await tx.$executeRaw`
    UPDATE rewards SET nth = NULL
    WHERE program_id = ${programId}::uuid AND member_id IN (${goesId}::uuid, ${staysId}::uuid)
      AND nth IS NOT NULL`;
}
