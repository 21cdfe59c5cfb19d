import { toJsonText } from '../../platform/hash.ts';
import type { Tx } from '../../prisma/client.ts';

/** A reward that was earned by another action than it names, and when that happened. */
export interface DatedReward {
  readonly rewardId: string;
  readonly eventId: string;
  readonly at_ms: number;
}

/**
 * Has rewards that no referral granted name another action, and its time. They have neither a hold nor an
 * expiry that would count from it, so no posting changes. A badge's credential that was signed stays as it
 * was. Locks them in the order of their ids.
 */
export async function dateRewards(
  tx: Tx,
  { programId, eventId: moved_by }: { readonly programId: string; readonly eventId: string },
  dated: readonly DatedReward[],
): Promise<void> {
  if (dated.length === 0) return;
  await tx.$executeRaw`
    WITH d AS (
      SELECT * FROM jsonb_to_recordset(${toJsonText(dated)}::jsonb) AS d(
        "rewardId" uuid, "eventId" uuid, at_ms float8)
    ), locked AS (
      SELECT w.id FROM rewards w
      WHERE w.program_id = ${programId}::uuid AND w.id IN (SELECT "rewardId" FROM d)
      ORDER BY w.id FOR UPDATE
    )
    UPDATE rewards w SET granted_at = to_timestamp(d.at_ms / 1000), matures_at = to_timestamp(d.at_ms / 1000),
      trace = w.trace || jsonb_build_object('eventId', d."eventId", 'moved_by', ${moved_by}::text)
    FROM d JOIN locked l ON l.id = d."rewardId"
    WHERE w.program_id = ${programId}::uuid AND w.id = l.id AND w.expires_at IS NULL
      AND w.matures_at = w.granted_at`;
}
