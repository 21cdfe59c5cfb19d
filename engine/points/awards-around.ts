import type { StandingAward } from '../../domain/points/award-changes.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ChangedAction } from './changed-action.ts';

/** An award that stands and was reached when an action happened, or later. */
export interface LaterAward extends StandingAward {
  readonly id: string;
  readonly achievement: string;
  readonly rewardId: string | null;
}

/** What a member has of an achievement, seen from the moment of an action. */
export interface AwardsAround {
  /** Awards that stand and were reached before, and when the latest of them was; minus infinity: none. */
  readonly before: { readonly awards: number; readonly latest_ms: number };
  /** In the order in which they were reached. */
  readonly later: readonly LaterAward[];
  /** The number of the last award, reversed ones with them; 0: the member never had it. */
  readonly total: number;
}

/** Most later awards of one achievement that a change of one action looks at: the first of them. */
const LATER_MAX = 5_000;

/** Reads a member's awards of one achievement. Locks the later ones, so that none is granted meanwhile. */
export async function lockAwardsAround(
  tx: Tx,
  { programId, memberId, occurred_at_ms }: ChangedAction,
  achievement: string,
): Promise<AwardsAround> {
  const at = new Date(occurred_at_ms);
  const where = { programId, memberId, achievement };
  const standing = { ...where, status: { not: 'reversed' } };
  const [last, before, rows] = [
    await tx.achievementAward.aggregate({ where, _max: { number: true } }),
    await tx.achievementAward.aggregate({
      where: { ...standing, reachedAt: { lt: at } },
      _count: true,
      _max: { reachedAt: true },
    }),
    await tx.$queryRaw<(Omit<LaterAward, 'from_ms' | 'reached_ms'> & { fromAt: Date; reachedAt: Date })[]>`
      SELECT id::text, achievement, event_id::text AS "eventId", reward_id::text AS "rewardId",
        from_at AS "fromAt", reached_at AS "reachedAt", time_zone AS zone
      FROM achievement_awards
      WHERE program_id = ${programId}::uuid AND member_id = ${memberId}::uuid
        AND achievement = ${achievement} AND status <> 'reversed' AND reached_at >= ${at}
      ORDER BY reached_at, number LIMIT ${LATER_MAX} FOR UPDATE`,
  ];
  return {
    before: {
      awards: before._count,
      latest_ms: before._max.reachedAt?.getTime() ?? Number.NEGATIVE_INFINITY,
    },
    later: rows.map(({ fromAt, reachedAt, ...award }) => ({
      ...award,
      from_ms: fromAt.getTime(),
      reached_ms: reachedAt.getTime(),
    })),
    total: last._max.number ?? 0,
  };
}
