import { ACTIONS_MAX, type AwardSpan, type CountedAction } from '../../domain/points/achievements.ts';
import type { Database, Tx } from '../../prisma/client.ts';
import { readFixedRates } from '../rates/fixed.ts';

/** How many of a member's actions of a type count; `except`: one that is left out. */
export async function countOf(
  tx: Tx | Database,
  who: { readonly programId: string; readonly memberId: string; readonly type: string },
  except?: string,
): Promise<number> {
  const others = except === undefined ? {} : { NOT: { eventId: except } };
  return await tx.memberAction.count({ where: { ...who, refundedAt: null, ...others } });
}

/** Awards of an achievement to a member that stand, in the order in which they were earned. */
export async function standingAwards(
  tx: Tx | Database,
  programId: string,
  memberId: string,
  achievement: string,
): Promise<AwardSpan[]> {
  const rows = await tx.achievementAward.findMany({
    where: { programId, memberId, achievement, status: { not: 'reversed' } },
    orderBy: { number: 'asc' },
    select: { fromAt: true, reachedAt: true, timeZone: true },
  });
  return rows.map(({ fromAt, reachedAt, timeZone }) => ({
    from_ms: fromAt.getTime(),
    reached_ms: reachedAt.getTime(),
    zone: timeZone,
  }));
}

/**
 * A member's counted actions of a type between two times, both included, net of what was refunded; the latest
 * where there are too many.
 */
export async function actionsBetween(
  tx: Tx | Database,
  who: { readonly programId: string; readonly memberId: string; readonly type: string },
  from_ms: number,
  to_ms: number,
): Promise<(CountedAction & { readonly eventId: string })[]> {
  const rows = await tx.memberAction.findMany({
    where: { ...who, refundedAt: null, occurredAt: { gte: new Date(from_ms), lte: new Date(to_ms) } },
    orderBy: { occurredAt: 'desc' },
    take: ACTIONS_MAX,
    select: { eventId: true, occurredAt: true, valueMinor: true, refundedMinor: true, unit: true },
  });
  const valued = rows.filter(({ unit }) => unit !== null).map(({ eventId }) => eventId);
  const rates = await readFixedRates(tx, who.programId, valued);
  return rows.map(({ eventId, occurredAt, valueMinor, refundedMinor, unit }) => ({
    eventId,
    at_ms: occurredAt.getTime(),
    value: valueMinor === null || unit === null ? null : { minor: valueMinor - refundedMinor, unit },
    rates: rates.get(eventId),
  }));
}

/** Those of these achievements, which only one member of the program can have, that somebody has. */
export async function takenAmong(
  tx: Tx | Database,
  programId: string,
  achievements: readonly string[],
): Promise<ReadonlySet<string>> {
  if (achievements.length === 0) return new Set();
  const rows = await tx.achievementAward.findMany({
    where: { programId, achievement: { in: [...achievements] }, sole: true, status: { not: 'reversed' } },
    select: { achievement: true },
  });
  return new Set(rows.map(({ achievement }) => achievement));
}
