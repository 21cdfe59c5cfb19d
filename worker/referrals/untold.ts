import {
  REFERRAL_COLUMNS,
  type ReferralSnapshot,
  type SnapshotRow,
  STORED_REWARDS,
  snapshotOf,
} from '../../activities/referrals/snapshot.ts';
import type { Database } from '../../prisma/client.ts';

/** Referrals that are told at a time. */
export const UNTOLD_MAX = 100;

/** What comes within this after a change is told together with it. */
const LINGER = '250 milliseconds';

/** In which a referral is told, or another process tells it. */
const LEASE = '30 seconds';

/** A referral whose workflow is to be told what became of it. */
export interface Untold {
  readonly programId: string;
  readonly referralId: string;
  /** Whether a workflow waits for it, or did. */
  readonly isTold: boolean;
  readonly snapshot: ReferralSnapshot;
}

/** Leases the referrals that were untold the longest, and reads how they stand. */
export async function leaseUntold(db: Database): Promise<Untold[]> {
  const leased = await db.$queryRaw<{ programId: string; referralId: string }[]>`
    UPDATE referrals SET tell_at = now() + ${LEASE}::interval
    WHERE (program_id, id) IN (
      SELECT program_id, id FROM referrals WHERE tell_at <= now() - ${LINGER}::interval
      ORDER BY tell_at LIMIT ${UNTOLD_MAX} FOR NO KEY UPDATE SKIP LOCKED)
    RETURNING program_id::text AS "programId", id::text AS "referralId"`;
  return leased.length === 0 ? [] : await readUntold(db, leased);
}

/** A statement of its own: a version and the rewards that belong to it are seen together. */
async function readUntold(db: Database, leased: readonly object[]): Promise<Untold[]> {
  const rows = await db.$queryRaw<(SnapshotRow & Omit<Untold, 'snapshot'>)[]>`
    SELECT r.program_id::text AS "programId", r.id::text AS "referralId", r.is_told AS "isTold",
           ${REFERRAL_COLUMNS}, w.*
    FROM jsonb_to_recordset(${JSON.stringify(leased)}::jsonb) AS l("programId" uuid, "referralId" uuid)
    JOIN referrals r ON r.program_id = l."programId" AND r.id = l."referralId"
    CROSS JOIN LATERAL ${STORED_REWARDS} w`;
  return rows.map((row) => {
    const { programId, referralId, isTold } = row;
    return { programId, referralId, isTold, snapshot: snapshotOf(row) };
  });
}

/** A referral that was told as of this version. */
export interface ToldReferral {
  readonly programId: string;
  readonly referralId: string;
  readonly version: number;
  /** Whether a workflow waits for it now, or did. */
  readonly isTold: boolean;
}

/** Notes what was told. What has changed meanwhile is still to be told. */
export async function noteTold(db: Database, told: readonly ToldReferral[]): Promise<void> {
  if (told.length === 0) return;
  await db.$executeRaw`
    WITH told AS (
      SELECT r.program_id, r.id, t.version, t."isTold"
      FROM jsonb_to_recordset(${JSON.stringify(told)}::jsonb) AS t(
        "programId" uuid, "referralId" uuid, version int, "isTold" boolean)
      JOIN referrals r ON r.program_id = t."programId" AND r.id = t."referralId"
      ORDER BY r.program_id, r.id
      FOR NO KEY UPDATE OF r
    )
    UPDATE referrals r SET is_told = t."isTold",
      tell_at = CASE WHEN r.version <> t.version THEN r.tell_at END
    FROM told t WHERE r.program_id = t.program_id AND r.id = t.id`;
}
