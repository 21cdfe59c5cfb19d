import type { AchievementFacts, AwardSpan, CountedAction } from '../../domain/points/achievements.ts';
import { reachOf } from '../../domain/points/achievements.ts';
import type { PointsFacts } from '../../domain/points/points.ts';
import type { AchievementRule, AchievementTest, PointsPolicy } from '../../domain/points/policy.ts';
import { DAY_MS } from '../../domain/time.ts';
import type { Database, Tx } from '../../prisma/client.ts';
import type { SourceEvent } from './source.ts';

/** Actions looked at for one achievement: more within its window than anybody does by hand, and little enough to hold. */
const ACTIONS_MAX = 5_000;

/** The facts that point rules ask for, read under the members' locks. */
export async function pointsFacts(
  tx: Tx,
  source: SourceEvent,
  policy: PointsPolicy,
  qualified: ReadonlyMap<string, number>,
): Promise<PointsFacts> {
  const { actor, referrerId, occurred_at_ms, type } = source;
  const since_signup_ms = occurred_at_ms - (actor.signed_up_at_ms ?? occurred_at_ms);
  const wantsOrdinal = policy.rules.some(
    ({ event, condition }) => event === type && condition?.includes('ordinal') === true,
  );
  return {
    occurred_at_ms,
    event_type: type,
    event_value: source.value,
    event_properties: source.properties,
    event_ordinal: wantsOrdinal ? (await countOf(tx, source.programId, actor.id, type)) + 1 : 1,
    actor_id: actor.id,
    referrer:
      referrerId === null ? null : { id: referrerId, qualified_count: qualified.get(referrerId) ?? 0 },
    days_since_signup: Math.max(0, Math.floor(since_signup_ms / DAY_MS)),
    program_live: source.programStatus === 'live',
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

/** What each recipient has had of the rules that limit it, within the limit's period. */
async function grantedSoFar(
  tx: Tx,
  { programId, type, actor, referrerId, occurred_at_ms }: SourceEvent,
  { rules }: PointsPolicy,
): Promise<PointsFacts['granted']> {
  const windows = rules
    .filter(({ event, cap }) => event === type && cap !== null)
    .map(({ id, recipient, cap }) => ({
      rule: id,
      member: recipient === 'actor' ? actor.id : referrerId,
      since: new Date(cap?.period_days == null ? 0 : occurred_at_ms - cap.period_days * DAY_MS).toISOString(),
    }));
  if (windows.length === 0) return [];
  return await tx.$queryRaw<PointsFacts['granted'][number][]>`
    SELECT w.rule_id, w.member_id::text AS recipient_id, count(*)::int AS count, sum(w.amount_minor - w.reversed_minor)::bigint AS points_minor
    FROM jsonb_to_recordset(${JSON.stringify(windows)}::jsonb) AS asked(rule text, member uuid, since timestamptz)
    JOIN point_postings w ON w.program_id = ${programId}::uuid AND w.member_id = asked.member AND w.rule_id = asked.rule
      AND w.occurred_at > asked.since AND w.source = 'rule' AND w.reversed_minor < w.amount_minor
    GROUP BY w.rule_id, w.member_id`;
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

/** A member's counted actions of a type between two times, both included, net of what was refunded; the latest where there are too many. */
export async function actionsBetween(
  tx: Tx | Database,
  who: { readonly programId: string; readonly memberId: string; readonly type: string },
  from_ms: number,
  to_ms: number,
): Promise<CountedAction[]> {
  const rows = await tx.memberAction.findMany({
    where: { ...who, refundedAt: null, occurredAt: { gte: new Date(from_ms), lte: new Date(to_ms) } },
    orderBy: { occurredAt: 'desc' },
    take: ACTIONS_MAX,
    select: { occurredAt: true, valueMinor: true, refundedMinor: true, unit: true },
  });
  return rows.map(({ occurredAt, valueMinor, refundedMinor, unit }) => ({
    at_ms: occurredAt.getTime(),
    value: valueMinor === null || unit === null ? null : { minor: valueMinor - refundedMinor, unit },
  }));
}

/** What an achievement asks for when its member has just acted; the action itself is not on record yet. */
export async function achievementFacts(
  tx: Tx,
  { programId, actor, type, occurred_at_ms: at_ms, value }: SourceEvent,
  { id, test }: AchievementRule,
): Promise<AchievementFacts> {
  const who = { programId, memberId: actor.id, type };
  const reach_ms = reachOf(test);
  const before = reach_ms === 0 ? [] : await actionsBetween(tx, who, at_ms - reach_ms, at_ms + reach_ms);
  return {
    at_ms,
    zone: actor.zone,
    actions: [...before, { at_ms, value }],
    count: test.kind === 'nth' ? (await countOf(tx, programId, actor.id, type)) + 1 : 1,
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

/** The same under a lock: whoever asks while it is free waits for whoever asked before, and hears what came of it. */
async function isTaken(tx: Tx, programId: string, achievement: string): Promise<boolean> {
  if (await isTakenNow(tx, programId, achievement)) return true;
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`achievement ${programId} ${achievement}`}, 0))`;
  return await isTakenNow(tx, programId, achievement);
}
