import { type Posting, reversePosting } from '../../domain/ledger/postings.ts';
import { type AwardSpan, reachOf, stillStands } from '../../domain/points/achievements.ts';
import type { AchievementRule } from '../../domain/points/policy.ts';
import { type OutboxMessage, tell } from '../../engine/events/outbox.ts';
import { actionsBetween, countOf } from '../../engine/points/facts.ts';
import { backMove, moveId, type PointMove } from '../../engine/points/move.ts';
import type { SourceEvent } from '../../engine/points/source.ts';
import type { Policies } from '../../engine/policies/in-force.ts';
import { grantKey } from '../../engine/rewards/budget.ts';
import type { Tx } from '../../prisma/client.ts';
import { awardKey } from './awards.ts';

/** Awards of one achievement that a refund looks at, the latest first: more than one action can bring down. */
const AWARDS_MAX = 200;

/** An award that no longer rests on enough, with what it had brought. */
export interface FallenAward {
  readonly id: string;
  readonly achievement: string;
  /** Takes back its points, if it had brought any that are left. */
  readonly move: PointMove | null;
  /** The reward to take back, where it had brought one that stands. */
  readonly reward: FallenReward | null;
}

interface FallenReward {
  readonly id: string;
  readonly status: string;
  readonly unit: string | null;
  readonly left_minor: bigint;
  readonly whole: boolean;
}

interface Refunded {
  readonly eventId: string;
  readonly type: string;
  readonly occurred_at_ms: number;
}

/**
 * The member's awards that fall with a refunded action, looked at under the version of the policy that each was earned under. Locks
 * them, so that none is granted meanwhile. The refund has been written into the counted actions.
 */
export async function fallenAwards(
  tx: Tx,
  policies: Policies,
  refund: SourceEvent,
  refunded: Refunded,
): Promise<FallenAward[]> {
  const standing = await readStanding(tx, refund);
  const fallen: FallenAward[] = [];
  for (const award of standing) {
    const rule = await ruleOf(tx, policies, refund.programId, award);
    if (rule === null || rule.test.event !== refunded.type) continue;
    if (!(await stands(tx, refund, refunded, { award, rule }))) fallen.push(await fall(tx, refund, award));
  }
  return fallen;
}

interface Standing {
  readonly id: string;
  readonly achievement: string;
  readonly policy_version: number;
  readonly event_id: string;
  readonly reward_id: string | null;
  readonly from_at: Date;
  readonly reached_at: Date;
  readonly time_zone: string;
  /** Its number among those of the achievement that stand. */
  readonly place: number;
}

/** The latest first: of awards by number the last falls first. */
async function readStanding(tx: Tx, { programId, actor }: SourceEvent): Promise<Standing[]> {
  return await tx.$queryRaw<Standing[]>`
    SELECT id::text, achievement, policy_version, event_id::text, reward_id::text, from_at, reached_at, time_zone, (
             SELECT count(*)::int FROM achievement_awards b
             WHERE b.program_id = a.program_id AND b.member_id = a.member_id AND b.achievement = a.achievement
               AND b.status <> 'reversed' AND b.number <= a.number) AS place
    FROM achievement_awards a
    WHERE program_id = ${programId}::uuid AND member_id = ${actor.id}::uuid AND status <> 'reversed'
    ORDER BY number DESC, achievement LIMIT ${AWARDS_MAX} FOR UPDATE OF a`;
}

async function ruleOf(
  tx: Tx,
  policies: Policies,
  programId: string,
  { policy_version, achievement }: Standing,
): Promise<AchievementRule | null> {
  const { points } = await policies.load(tx, programId, policy_version);
  return points?.achievements.find(({ id }) => id === achievement) ?? null;
}

async function stands(
  tx: Tx,
  { programId, actor }: SourceEvent,
  refunded: Refunded,
  { award, rule: { test } }: { award: Standing; rule: AchievementRule },
): Promise<boolean> {
  const span: AwardSpan = {
    from_ms: award.from_at.getTime(),
    reached_ms: award.reached_at.getTime(),
    zone: award.time_zone,
  };
  const reach_ms = reachOf(test);
  const { occurred_at_ms } = refunded;
  const isWithin = occurred_at_ms >= span.from_ms - reach_ms && occurred_at_ms <= span.reached_ms + reach_ms;
  if (reach_ms > 0 && !isWithin) return true;
  const who = { programId, memberId: actor.id, type: test.event };
  const around =
    reach_ms === 0 ? [] : await actionsBetween(tx, who, span.from_ms - reach_ms, span.reached_ms + reach_ms);
  const first = { programId_eventId: { programId, eventId: award.event_id } };
  return stillStands(test, span, {
    actions: around,
    count: reach_ms === 0 ? await countOf(tx, programId, actor.id, test.event) : around.length,
    place: award.place,
    firstStands: (await tx.memberAction.findUnique({ where: first }))?.refundedAt === null,
  });
}

async function fall(tx: Tx, refund: SourceEvent, award: Standing): Promise<FallenAward> {
  const { programId } = refund;
  const id = moveId(programId, awardKey(award.id));
  const posting = await tx.pointPosting.findUnique({ where: { programId_id: { programId, id } } });
  const left_minor = posting === null ? 0n : posting.amountMinor - posting.reversedMinor;
  return {
    id: award.id,
    achievement: award.achievement,
    move: posting === null || left_minor === 0n ? null : backMove(refund, posting, left_minor),
    reward: award.reward_id === null ? null : await readReward(tx, programId, award.reward_id),
  };
}

async function readReward(tx: Tx, programId: string, rewardId: string): Promise<FallenReward | null> {
  const [row] = await tx.$queryRaw<FallenReward[]>`
    SELECT id::text, status::text, unit, amount_minor - reversed_minor AS left_minor, reversed_minor = 0 AS whole FROM rewards
    WHERE program_id = ${programId}::uuid AND id = ${rewardId}::uuid AND status <> 'reversed' FOR UPDATE`;
  return row ?? null;
}

/** What takes the credit of fallen awards back; badges and perks have no posting. */
export function rewardPostings(
  { actor, eventId, occurred_at_ms }: SourceEvent,
  fallen: readonly FallenAward[],
): Posting[] {
  return fallen.flatMap(({ reward }) => {
    if (reward === null || reward.unit === null || reward.left_minor === 0n) return [];
    const held = reward.status === 'held';
    return [
      reversePosting({
        key: `reverse:${reward.id}:${eventId}`,
        unit: reward.unit,
        amount_minor: reward.left_minor,
        held_minor: held ? reward.left_minor : 0n,
        memberId: actor.id,
        occurred_at_ms,
        hold: held ? grantKey(reward.id) : null,
        reverses: reward.whole ? grantKey(reward.id) : null,
      }),
    ];
  });
}

/** Writes down which awards fell, and their rewards with them; a badge is revoked by its reward's status. */
export async function writeFallen(
  tx: Tx,
  refund: SourceEvent,
  fallen: readonly FallenAward[],
): Promise<void> {
  if (fallen.length === 0) return;
  const { programId } = refund;
  await tx.achievementAward.updateMany({
    where: { programId, id: { in: fallen.map(({ id }) => id) } },
    data: { status: 'reversed' },
  });
  const rewards = fallen.flatMap(({ reward }) => (reward === null ? [] : [reward.id]));
  await tx.$executeRaw`
    UPDATE rewards SET status = 'reversed', reversed_minor = amount_minor
    WHERE program_id = ${programId}::uuid AND id = ANY(${rewards}::uuid[])`;
  await tell(
    tx,
    programId,
    fallen.flatMap((award) => messagesOf(refund, award)),
  );
}

function messagesOf(
  { actor, eventId }: SourceEvent,
  { id, achievement, reward }: FallenAward,
): OutboxMessage[] {
  const about = { subject: `member:${actor.id}`, members: [actor.id] };
  const lost = {
    ...about,
    key: `achievement.lost:${id}`,
    type: 'achievement.lost',
    payload: { awardId: id, memberId: actor.id, achievement, eventId },
  };
  if (reward === null) return [lost];
  const amount = reward.unit === null ? null : { minor: reward.left_minor.toString(), unit: reward.unit };
  const reversed = [{ rewardId: reward.id, ruleId: achievement, memberId: actor.id, amount }];
  return [
    lost,
    {
      ...about,
      key: `reward.reversed:${eventId}:${id}`,
      type: 'reward.reversed',
      payload: { eventId, reversed },
    },
  ];
}
