import type { BoardMetric } from '../../domain/leaderboards/standings.ts';
import type { Database, Tx } from '../../prisma/client.ts';

/** One referral that qualified, as it counts for its referrer today. */
export interface RecordedPart {
  readonly referral_id: string;
  readonly referred_id: string | null;
  /** When it qualified, which says what windows it counts in. */
  readonly earned_at: Date;
  /** When that was decided: a board counts what was decided since its creation, or everything after a backfill. */
  readonly decided_at: Date;
  /** When what it counts changed last: then, or at its last refund. */
  readonly changed_at: Date;
  /** A refund ended it. */
  readonly reversed: boolean;
  readonly unit: string | null;
  readonly value_minor: bigint;
  readonly refunded_minor: bigint;
}

/** A member's qualified referrals that happened in [from, to), the latest first; null: without a bound. */
export async function recordedParts(
  db: Database | Tx,
  programId: string,
  memberId: string,
  {
    from = null,
    to = null,
    limit = null,
  }: { readonly from?: Date | null; readonly to?: Date | null; readonly limit?: number | null } = {},
): Promise<RecordedPart[]> {
  return await db.$queryRaw<RecordedPart[]>`
    SELECT r.id::text AS referral_id, r.referred_id::text, r.qualified_at AS earned_at, e.decided_at,
           greatest(r.qualified_at, f.at) AS changed_at, r.stage = 'reversed' AS reversed, e.unit,
           coalesce(e.value_minor, 0) AS value_minor, least(coalesce(f.minor, 0), coalesce(e.value_minor, 0))::bigint AS refunded_minor
    FROM referrals r JOIN events e ON e.program_id = r.program_id AND e.id = r.qualifying_event_id
    LEFT JOIN LATERAL (
      -- A refund without a value takes all that is left.
      SELECT sum(coalesce(f.value_minor, e.value_minor)) AS minor, max(f.occurred_at) AS at FROM events f
      WHERE f.program_id = e.program_id AND f.refund_of = e.key AND f.state = 'decided' AND f.outcome->>'decision' = 'accepted') f ON true
    WHERE r.program_id = ${programId}::uuid AND r.referrer_id = ${memberId}::uuid AND r.qualified_at IS NOT NULL
      AND (${from}::timestamptz IS NULL OR r.qualified_at >= ${from}) AND (${to}::timestamptz IS NULL OR r.qualified_at < ${to})
    ORDER BY r.qualified_at DESC, r.id DESC LIMIT ${limit}`;
}

/** What a referral counts on a board: 0 when a refund ended it. */
export function countedBy(
  { metric, unit }: { readonly metric: BoardMetric; readonly unit: string | null },
  part: RecordedPart,
): bigint {
  if (part.reversed || metric === 'points') return 0n;
  if (metric === 'qualified_referrals') return 1n;
  return part.unit === unit ? part.value_minor - part.refunded_minor : 0n;
}
