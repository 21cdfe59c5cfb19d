import { type AwardSpan, isSole } from '../../domain/points/achievements.ts';
import { type EarnedAward, earnedAwards } from '../../domain/points/count.ts';
import type { AchievementRule, PointsPolicy } from '../../domain/points/policy.ts';
import { EMPTY_TALLY } from '../../domain/points/tally.ts';
import type { Refusal } from '../../domain/refusal.ts';
import { aboutMember, type OutboxMessage } from '../../engine/events/outbox.ts';
import { readAchievements } from '../../engine/points/achievements.ts';
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
  /** The action by which it is complete. */
  readonly eventId: string;
  /** Its points, where that is its benefit. */
  readonly move: PointMove | null;
}

/** What only one member can have, and an action earns that counts again; in the policy's order. */
export async function soleAgain(tx: Tx, source: SourceEvent, points: PointsPolicy): Promise<NewAward[]> {
  const { programId, actor } = source;
  const sole = { ...points, achievements: points.achievements.filter(({ test }) => isSole(test)) };
  const asked = { programId, memberId: actor.id, sources: [source], points: sole };
  const awards = earnedAwards(sole, source, { ...EMPTY_TALLY, ...(await readAchievements(tx, asked)) });
  return awards.map((award) => newAward(source, award));
}

/** An action by which an award is complete, and the policy in force. */
type Earner = Pick<SourceEvent, 'programId' | 'actor' | 'eventId' | 'points' | 'policyVersion'>;

/** The row to come of an award that is complete by an action. */
export function newAward(earner: Earner, { rule, number, span }: EarnedAward): NewAward {
  const { programId, actor, eventId } = earner;
  const id = nameId('award', programId, actor.id, rule.id, String(number));
  return { id, rule, number, span, eventId, move: moveOf(earner, { id, rule, span }) };
}

export const awardKey = (awardId: string) => `points:achievement:${awardId}`;

/** Its points count as of when it was reached. */
function moveOf(
  { actor, eventId, points, policyVersion }: Earner,
  { id: awardId, rule, span }: Pick<NewAward, 'id' | 'rule' | 'span'>,
): PointMove | null {
  const { id, test, benefit } = rule;
  if (benefit.kind !== 'points' || points === null) return null;
  return {
    key: awardKey(awardId),
    memberId: actor.id,
    source: 'achievement',
    eventId,
    ruleId: id,
    policyVersion,
    unit: points.unit,
    amount_minor: BigInt(benefit.points),
    occurred_at_ms: span.reached_ms,
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
    awards.map(({ id, rule, number, span, eventId, move }) => {
      const status = move === null ? 'earned' : postedKeys.has(move.key) ? 'granted' : 'refused';
      return {
        ...{ id, number, status, decided_at_ms, achievement: rule.id, sole: isSole(rule.test) },
        ...{ memberId: source.actor.id, policyVersion: source.policyVersion, eventId },
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
export function earnedMessage({ programId, actor }: SourceEvent, award: NewAward): OutboxMessage {
  const { id, rule, number, eventId, move } = award;
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
