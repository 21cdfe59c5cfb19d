import { type AwardSpan, decideAward } from '../../domain/points/achievements.ts';
import type { AchievementRule, PointsPolicy } from '../../domain/points/policy.ts';
import { beginsNew } from '../../domain/programs/deciding.ts';
import type { Refusal } from '../../domain/refusal.ts';
import { aboutMember, type OutboxMessage, tell } from '../../engine/events/outbox.ts';
import { achievementFacts, isSole } from '../../engine/points/facts.ts';
import { moveId, type PointMove } from '../../engine/points/move.ts';
import type { SourceEvent } from '../../engine/points/source.ts';
import { nameId } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';

/** An achievement that an action earns, on its way into the database. */
export interface NewAward {
  readonly id: string;
  readonly rule: AchievementRule;
  readonly number: number;
  readonly span: AwardSpan;
  /** Its points, where that is its benefit. */
  readonly move: PointMove | null;
}

/** Every achievement that the action earns, in the policy's order. */
export async function decideAwards(tx: Tx, source: SourceEvent, policy: PointsPolicy): Promise<NewAward[]> {
  if (!beginsNew(source.programStatus)) return [];
  const awards: NewAward[] = [];
  for (const rule of policy.achievements.filter(({ test }) => test.event === source.type)) {
    const span = decideAward(rule, await achievementFacts(tx, source, rule));
    if (span !== null) awards.push(await awardOf(tx, source, rule, span));
  }
  return awards;
}

async function awardOf(
  tx: Tx,
  source: SourceEvent,
  rule: AchievementRule,
  span: AwardSpan,
): Promise<NewAward> {
  const { programId, actor } = source;
  const where = { programId, memberId: actor.id, achievement: rule.id };
  const number = (await tx.achievementAward.count({ where })) + 1;
  const id = nameId('award', programId, actor.id, rule.id, String(number));
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

/**
 * Stores awards with their messages. Refuses points that were not posted, for the reason `unpaid`: the budget
 * has no room, or the member is blocked. Other benefits are granted in steps of their own.
 */
export async function writeAwards(
  tx: Tx,
  source: SourceEvent,
  awards: readonly NewAward[],
  { postedKeys, unpaid }: { readonly postedKeys: ReadonlySet<string>; readonly unpaid: Refusal },
): Promise<void> {
  if (awards.length === 0) return;
  const { programId, actor, eventId, policyVersion } = source;
  await tx.achievementAward.createMany({
    data: awards.map(({ id, rule, number, span, move }) => {
      const status = move === null ? 'earned' : postedKeys.has(move.key) ? 'granted' : 'refused';
      return {
        programId,
        id,
        memberId: actor.id,
        achievement: rule.id,
        number,
        policyVersion,
        eventId,
        sole: isSole(rule.test),
        status,
        code: status === 'refused' ? unpaid.code : null,
        fromAt: new Date(span.from_ms),
        reachedAt: new Date(span.reached_ms),
        timeZone: span.zone,
      };
    }),
  });
  await tell(
    tx,
    programId,
    awards.map((award) => earnedMessage(source, award)),
  );
}

function earnedMessage({ programId, actor, eventId }: SourceEvent, award: NewAward): OutboxMessage {
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
