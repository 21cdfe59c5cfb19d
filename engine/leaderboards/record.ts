import type { BoardMetric } from '../../domain/leaderboards/standings.ts';
import { valueIn } from '../../domain/rates/convert.ts';
import type { Database, Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { type FixedRateRow, fixedRates, ratesOf } from '../rates/fixed.ts';
import { standingRefunds } from '../referrals/refunds.ts';
import { IS_UNDONE } from '../referrals/undone.ts';

/** One referral that qualified, as it counts for its referrer today. */
export interface RecordedPart {
  readonly referralId: string;
  readonly referredId: string | null;
  /** When it qualified, which decides the windows that it counts in. */
  readonly earnedAt: Date;
  /** When that was decided. A board counts what was decided since its creation, or all after a backfill. */
  readonly decidedAt: Date;
  /** When it qualified, or when its last refund happened. */
  readonly changedAt: Date;
  /** A refund ended it. */
  readonly reversed: boolean;
  readonly unit: string | null;
  /** Those that the decision of its event fixed for the value. */
  readonly rates: readonly FixedRateRow[];
  readonly value_minor: bigint;
  readonly refunded_minor: bigint;
}

/**
 * Which of a member's qualified referrals to read: [from, to), and at most `limit`; null: without a bound.
 */
interface RecordBounds {
  readonly from?: Date | null;
  readonly to?: Date | null;
  readonly limit?: number | null;
}

const RATES = fixedRates(Prisma.sql`e.program_id`, Prisma.sql`e.id`);

/** A member's qualified referrals within bounds, the latest first. */
export async function recordedParts(
  db: Database | Tx,
  programId: string,
  memberId: string,
  { from = null, to = null, limit = null }: RecordBounds = {},
): Promise<RecordedPart[]> {
  return await db.$queryRaw<RecordedPart[]>`
    SELECT r.id::text AS "referralId", r.referred_id::text AS "referredId", r.qualified_at AS "earnedAt",
      e.decided_at AS "decidedAt", greatest(r.qualified_at, f.at) AS "changedAt",
      ${IS_UNDONE} AS reversed, e.unit, ${RATES} AS rates, coalesce(e.value_minor, 0) AS value_minor,
      CASE WHEN f."isWhole" THEN coalesce(e.value_minor, 0)
        ELSE least(f.minor, coalesce(e.value_minor, 0)) END::bigint AS refunded_minor
    FROM referrals r JOIN events e ON e.program_id = r.program_id AND e.id = r.qualifying_event_id
    JOIN LATERAL (${standingRefunds()}) f ON true
    WHERE r.program_id = ${programId}::uuid AND r.referrer_id = ${memberId}::uuid
      AND r.qualified_at IS NOT NULL
      AND (${from}::timestamptz IS NULL OR r.qualified_at >= ${from})
      AND (${to}::timestamptz IS NULL OR r.qualified_at < ${to})
    ORDER BY r.qualified_at DESC, r.id DESC LIMIT ${limit}`;
}

/** What a referral counts on a board: 0 when a refund ended it. */
export function countedBy(
  { metric, unit }: { readonly metric: BoardMetric; readonly unit: string | null },
  part: RecordedPart,
): bigint {
  if (part.reversed || metric === 'points') return 0n;
  if (metric === 'qualified_referrals') return 1n;
  if (part.unit === null || unit === null) return 0n;
  const left = { minor: part.value_minor - part.refunded_minor, unit: part.unit };
  return valueIn(left, ratesOf(part.rates), unit)?.minor ?? 0n;
}
