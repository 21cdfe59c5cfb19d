import type { AwardSpan } from '../../domain/points/achievements.ts';
import { type EarnedAward, earnedAwards, isSole } from '../../domain/points/count.ts';
import type { AchievementRule, PointsPolicy } from '../../domain/points/policy.ts';
import { EMPTY_TALLY } from '../../domain/points/tally.ts';
import type { Refusal } from '../../domain/refusal.ts';
import { aboutMember, type OutboxMessage } from '../../engine/events/outbox.ts';
import { readAchievements } from '../../engine/points/achievements.ts';
import { countOf } from '../../engine/points/facts.ts';
import { moveId, type PointMove } from '../../engine/points/move.ts';
import type { SourceEvent } from '../../engine/points/source.ts';
import { toJsonText } from '../../platform/hash.ts';
import { nameId } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';

/** An achievement that an action earns, on its way into the database. */
export interface NewAward {
  readonly id: string;
  readonly rule: AchievementRule;
  readonly number: number;
  readonly span: AwardSpan;
  /** Its points, where that is its benefit. */
  readonly move: PointMove | null;
}

/** Every achievement that an action earns which counts again, in the policy's order. */
export async function earnedAgain(tx: Tx, source: SourceEvent, points: PointsPolicy): Promise<NewAward[]> {
  const { programId, eventId, actor, type } = source;
  const memberId = actor.id;
  const asked = { programId, memberId, sources: [source], points, except: eventId };
  const achievements = await readAchievements(tx, asked);
  const counts = new Map([[type, await countOf(tx, { programId, memberId, type }, eventId)]]);
  const awards = earnedAwards(points, source, { ...EMPTY_TALLY, ...achievements, counts });
  return awards.map((award) => newAward(source, award));
}

/** The row to come of an award that an action earns. */
export function newAward(source: SourceEvent, { rule, number, span }: EarnedAward): NewAward {
  const id = nameId('award', source.programId, source.actor.id, rule.id, String(number));
  return { id, rule, number, span, move: moveOf(source, id, rule) };
}

export const awardKey = (awardId: string) => `points:achievement:${awardId}`;

function moveOf(source: SourceEvent, awardId: string, rule: AchievementRule): PointMove | null {
  const { id, test, benefit } = rule;
  if (benefit.kind !== 'points' || source.points === null) return null;
  return {
    key: awardKey(awardId),
    memberId: source.actor.id,
    source: 'achievement',
    eventId: source.eventId,
    ruleId: id,
    policyVersion: source.policyVersion,
    unit: source.points.unit,
    amount_minor: BigInt(benefit.points),
    occurred_at_ms: source.occurred_at_ms,
    expires_at_ms: null,
    trace: { achievement: id, test: testOf(test), awardId },
  };
}

const testOf = (test: AchievementRule['test']): unknown =>
  JSON.parse(
    JSON.stringify(test, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)),
  );

/** Awards that one event earns, and what came of their points. */
export interface AwardsOf {
  readonly source: SourceEvent;
  readonly awards: readonly NewAward[];
  readonly postedKeys: ReadonlySet<string>;
  /** Why points were not posted: the budget has no room, or the member is blocked. */
  readonly unpaid: Refusal;
  /** When it was decided, in milliseconds since 1970; null: when the transaction began. */
  readonly decided_at_ms: number | null;
}

/**
 * The common table expression `award`: stores awards. Points that were not posted are refused. Other benefits
 * are granted in steps of their own.
 */
export function storedAwards(programId: string, events: readonly AwardsOf[]): Prisma.Sql {
  const rows = events.flatMap(({ source, awards, postedKeys, unpaid, decided_at_ms }) =>
    awards.map(({ id, rule, number, span, move }) => {
      const status = move === null ? 'earned' : postedKeys.has(move.key) ? 'granted' : 'refused';
      return {
        ...{ id, number, status, decided_at_ms, achievement: rule.id, sole: isSole(rule.test) },
        ...{ memberId: source.actor.id, policyVersion: source.policyVersion, eventId: source.eventId },
        ...{ code: status === 'refused' ? unpaid.code : null, zone: span.zone },
        ...{ from_ms: span.from_ms, reached_ms: span.reached_ms },
      };
    }),
  );
  return Prisma.sql`
    award AS (
      INSERT INTO achievement_awards (program_id, id, member_id, achievement, number, policy_version,
        event_id, sole, status, code, from_at, reached_at, time_zone, created_at)
      SELECT ${programId}::uuid, id, "memberId", achievement, number, "policyVersion", "eventId", sole,
        status, code, to_timestamp(from_ms / 1000), to_timestamp(reached_ms / 1000), zone,
        coalesce(to_timestamp(decided_at_ms / 1000), now())
      FROM jsonb_to_recordset(${toJsonText(rows)}::jsonb) AS a(
        id uuid, "memberId" uuid, achievement text, number int, "policyVersion" int, "eventId" uuid,
        sole boolean, status text, code text, from_ms float8, reached_ms float8, zone text,
        decided_at_ms float8)
    )`;
}

/** Tells of an award. */
export function earnedMessage({ programId, actor, eventId }: SourceEvent, award: NewAward): OutboxMessage {
  const { id, rule, number, move } = award;
  return {
    key: `achievement.earned:${id}`,
    ...aboutMember(actor.id),
    type: 'achievement.earned',
    payload: {
      awardId: id,
      memberId: actor.id,
      achievement: rule.id,
      name: rule.name,
      number,
      eventId,
      benefit: rule.benefit.kind,
      postingId: move === null ? null : moveId(programId, move.key),
    },
  };
}
