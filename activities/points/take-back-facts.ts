import { type AwardSpan, reachOf } from '../../domain/points/achievements.ts';
import { isInReach } from '../../domain/points/award-validity.ts';
import type { AchievementTest } from '../../domain/points/policy.ts';
import type { RefundableAward, RulePosting } from '../../domain/points/take-back.ts';
import { actionsBetween, countOf } from '../../engine/points/facts.ts';
import { isLostPosting } from '../../engine/points/move.ts';
import type { SourceEvent } from '../../engine/points/source.ts';
import type { Policies } from '../../engine/policies/in-force.ts';
import type { Tx } from '../../prisma/client.ts';
import type { AwardShift } from './award-shift.ts';
import type { RefundedAction } from './refunded-action.ts';

/** A posting by a rule, with what its reversal repeats. */
export interface PostingFacts extends RulePosting {
  readonly eventId: string | null;
  readonly memberId: string;
  readonly ruleId: string | null;
  readonly policyVersion: number | null;
  readonly unit: string;
  readonly expires_at_ms: number | null;
}

/** An award of the member's, with what its reversal takes back. */
export interface AwardFacts extends RefundableAward {
  readonly achievement: string;
  readonly rewardId: string | null;
}

/**
 * Reads what a refund may take back, as it was before: the action's postings by rules, and the member's
 * awards that count its type, each under the policy version that applied when it was earned, but for those of
 * which it is known what becomes of them. Locks the awards, so that none is granted meanwhile.
 */
export async function readTakeBackFacts(
  tx: Tx,
  policies: Policies,
  refund: SourceEvent,
  { action, shift }: { readonly action: RefundedAction; readonly shift: AwardShift },
): Promise<{ readonly postings: readonly PostingFacts[]; readonly awards: readonly AwardFacts[] }> {
  const awards: AwardFacts[] = [];
  for (const row of await lockAwards(tx, refund, shift)) {
    const { points } = await policies.load(tx, refund.programId, row.policyVersion);
    const test = points?.achievements.find(({ id }) => id === row.achievement)?.test;
    if (test?.event === action.type) awards.push(await readAward(tx, refund, action, { row, test }));
  }
  return { postings: await readPostings(tx, policies, refund.programId, [action.eventId]), awards };
}

/** Awards of one member that a refund looks at, the latest first: one action can bring down more than one. */
const AWARDS_MAX = 200;

interface AwardRow {
  readonly id: string;
  readonly achievement: string;
  readonly policyVersion: number;
  readonly eventId: string;
  readonly rewardId: string | null;
  readonly fromAt: Date;
  readonly reachedAt: Date;
  readonly timeZone: string;
  readonly place: number;
}

/**
 * The latest first, without those of which it is known what becomes of them. What an account that was merged
 * into the member had as they did is there too, and goes likewise.
 */
async function lockAwards(
  tx: Tx,
  { programId, actor }: SourceEvent,
  { knownIds, lost }: AwardShift,
): Promise<AwardRow[]> {
  const lostIds = lost.map(({ id }) => id);
  return await tx.$queryRaw<AwardRow[]>`
    SELECT id::text, achievement, policy_version AS "policyVersion", event_id::text AS "eventId",
      reward_id::text AS "rewardId", from_at AS "fromAt", reached_at AS "reachedAt",
      time_zone AS "timeZone", (
        SELECT count(*)::int FROM achievement_awards b
        WHERE b.program_id = a.program_id AND b.member_id = a.member_id AND b.achievement = a.achievement
          AND b.status <> 'reversed' AND b.id <> ALL(${lostIds}::uuid[])
          AND (b.reached_at, b.number) <= (a.reached_at, a.number)) AS place
    FROM achievement_awards a
    WHERE program_id = ${programId}::uuid AND status <> 'reversed' AND id <> ALL(${[...knownIds]}::uuid[])
      AND member_id IN (
      SELECT ${actor.id}::uuid UNION ALL
      SELECT id FROM members WHERE program_id = ${programId}::uuid AND merged_into = ${actor.id}::uuid)
    ORDER BY reached_at DESC, number DESC, achievement LIMIT ${AWARDS_MAX} FOR UPDATE OF a`;
}

async function readAward(
  tx: Tx,
  refund: SourceEvent,
  action: RefundedAction,
  { row, test }: { readonly row: AwardRow; readonly test: AchievementTest },
): Promise<AwardFacts> {
  const { id, achievement, eventId, rewardId, place } = row;
  const span: AwardSpan = {
    from_ms: row.fromAt.getTime(),
    reached_ms: row.reachedAt.getTime(),
    zone: row.timeZone,
  };
  const support = await readSupport(tx, refund, action, { test, span, eventId });
  return { id, achievement, rewardId, test, span, place, eventId, ...support };
}

/** Reads what the award's test asks for, and no more. */
async function readSupport(
  tx: Tx,
  { programId, actor }: SourceEvent,
  { type, occurred_at_ms }: RefundedAction,
  { test, span, eventId }: Pick<AwardFacts, 'test' | 'span' | 'eventId'>,
): Promise<Pick<AwardFacts, 'actions' | 'count' | 'eventCounts'>> {
  const nothing = { actions: [], count: 0, eventCounts: false };
  const reach_ms = reachOf(test);
  if (reach_ms > 0) {
    if (!isInReach(test, span, occurred_at_ms)) return nothing;
    const who = { programId, memberId: actor.id, type };
    const actions = await actionsBetween(tx, who, span.from_ms - reach_ms, span.reached_ms + reach_ms);
    return { ...nothing, actions, count: actions.length };
  }
  if (test.kind === 'first' && test.within === 'program') {
    return { ...nothing, eventCounts: await isCounted(tx, programId, eventId) };
  }
  return { ...nothing, count: await countOf(tx, { programId, memberId: actor.id, type }) };
}

async function isCounted(tx: Tx, programId: string, eventId: string): Promise<boolean> {
  const row = await tx.memberAction.findUnique({ where: { programId_eventId: { programId, eventId } } });
  return row?.refundedAt === null;
}

/** What rules granted for actions, to whomever, but for what went as rules saw something else of them. */
export async function readPostings(
  tx: Tx,
  policies: Policies,
  programId: string,
  eventIds: readonly string[],
): Promise<PostingFacts[]> {
  if (eventIds.length === 0) return [];
  const rows = await tx.pointPosting.findMany({
    where: { programId, eventId: { in: [...eventIds] }, source: 'rule' },
    orderBy: { id: 'asc' },
  });
  const postings: PostingFacts[] = [];
  for (const { amountMinor, reversedMinor, expiresAt, trace, ...row } of rows) {
    if (isLostPosting(trace)) continue;
    const { id, memberId, eventId, ruleId, policyVersion, unit } = row;
    const policy = policyVersion === null ? null : await policies.load(tx, programId, policyVersion);
    const award = policy?.points?.rules.find((rule) => rule.id === ruleId)?.award ?? null;
    const amounts = { amount_minor: amountMinor, reversed_minor: reversedMinor };
    const expires_at_ms = expiresAt?.getTime() ?? null;
    postings.push({ id, memberId, eventId, ruleId, policyVersion, unit, award, expires_at_ms, ...amounts });
  }
  return postings;
}
