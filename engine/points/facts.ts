import type { AchievementFacts, AwardSpan, CountedAction } from '../../domain/points/achievements.ts';
import { reachOf } from '../../domain/points/achievements.ts';
import type { PointsFacts } from '../../domain/points/facts.ts';
import type { AchievementRule, AchievementTest, PointsPolicy } from '../../domain/points/policy.ts';
import { beginsNew } from '../../domain/programs/deciding.ts';
import { valueCounted } from '../../domain/rates/convert.ts';
import { DAY_MS } from '../../domain/time.ts';
import type { Database, Tx } from '../../prisma/client.ts';
import type { LockedMember } from '../members/lock.ts';
import { readFixedRates } from '../rates/fixed.ts';
import { pointsGranted } from '../rules/granted.ts';
import type { SourceEvent } from './source.ts';

/**
 * Actions looked at for one achievement: more within its window than anybody does by hand, and little enough
 * to hold.
 */
const ACTIONS_MAX = 5_000;

/** The facts that point rules ask for, read under the members' locks. */
export async function pointsFacts(
  tx: Tx,
  source: SourceEvent,
  policy: PointsPolicy,
  members: ReadonlyMap<string, LockedMember>,
): Promise<PointsFacts> {
  const { actor, referrerId, occurred_at_ms, type } = source;
  const since_signup_ms = occurred_at_ms - (actor.signed_up_at_ms ?? occurred_at_ms);
  const wantsOrdinal = policy.rules.some(
    ({ event, condition }) => event === type && condition?.includes('ordinal') === true,
  );
  return {
    occurred_at_ms,
    eventType: type,
    eventValue: valueCounted(source.value, source.rates, source.unit),
    ...(source.value !== null && { sent: { value: source.value, rates: source.rates } }),
    eventProperties: source.properties,
    eventOrdinal: wantsOrdinal ? (await countOf(tx, source.programId, actor.id, type)) + 1 : 1,
    actorId: actor.id,
    referrer:
      referrerId === null
        ? null
        : { id: referrerId, qualifiedCount: members.get(referrerId)?.qualifiedReferrals ?? 0 },
    daysSinceSignup: Math.max(0, Math.floor(since_signup_ms / DAY_MS)),
    programLive: beginsNew(source.programStatus),
    blockedIds: new Set([...members].flatMap(([id, { isBlocked }]) => (isBlocked ? [id] : []))),
    granted: await grantedSoFar(tx, source, policy),
  };
}

/** How many of a member's actions of a type count. */
export async function countOf(
  tx: Tx | Database,
  programId: string,
  memberId: string,
  type: string,
): Promise<number> {
  return await tx.memberAction.count({ where: { programId, memberId, type, refundedAt: null } });
}

/** How many of a member's other actions of a type count. */
async function countOthers(
  tx: Tx,
  who: { readonly programId: string; readonly memberId: string; readonly type: string },
  eventId: string,
): Promise<number> {
  return await tx.memberAction.count({ where: { ...who, refundedAt: null, NOT: { eventId } } });
}

/** What each recipient has had of the rules on this event that have a cap. */
function grantedSoFar(
  tx: Tx,
  source: SourceEvent,
  { rules, unit }: PointsPolicy,
): Promise<PointsFacts['granted']> {
  const { type, actor, referrerId } = source;
  const cappedRules = rules.filter(({ event, cap }) => event === type && cap !== null);
  return pointsGranted(
    tx,
    source,
    cappedRules.map(({ id, recipient, cap }) => ({
      ruleId: id,
      recipientId: recipient === 'actor' ? actor.id : referrerId,
      cap,
      unit,
    })),
  );
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

/**
 * What an achievement asks for when its member has just acted, or when their action counts again for `value`;
 * how the action itself is on record, if it is, does not matter.
 */
export async function achievementFacts(
  tx: Tx,
  { programId, eventId, actor, type, occurred_at_ms: at_ms, value, rates }: SourceEvent,
  { id, test }: AchievementRule,
): Promise<AchievementFacts> {
  const who = { programId, memberId: actor.id, type };
  const reach_ms = reachOf(test);
  const around = reach_ms === 0 ? [] : await actionsBetween(tx, who, at_ms - reach_ms, at_ms + reach_ms);
  const others = around.filter((action) => action.eventId !== eventId);
  return {
    at_ms,
    zone: actor.zone,
    actions: [...others, { at_ms, value, rates }],
    count: test.kind === 'nth' ? (await countOthers(tx, who, eventId)) + 1 : 1,
    awards: await standingAwards(tx, programId, actor.id, id),
    taken: isSole(test) && (await isTaken(tx, programId, id)),
  };
}

/** Whether only one member of the program can have it. */
export const isSole = (test: AchievementTest) => test.kind === 'first' && test.within === 'program';

/** Whether somebody in the program has what only one member can have. */
export async function isTakenNow(
  tx: Tx | Database,
  programId: string,
  achievement: string,
): Promise<boolean> {
  const where = { programId, achievement, sole: true, status: { not: 'reversed' } };
  return (await tx.achievementAward.findFirst({ where, select: { id: true } })) !== null;
}

/**
 * The same under a lock: whoever asks while it is free waits for whoever asked before, and hears what came of
 * it.
 */
async function isTaken(tx: Tx, programId: string, achievement: string): Promise<boolean> {
  if (await isTakenNow(tx, programId, achievement)) return true;
  const lock = `achievement ${programId} ${achievement}`;
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${lock}, 0))`;
  return await isTakenNow(tx, programId, achievement);
}
