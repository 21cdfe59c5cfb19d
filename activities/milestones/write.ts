import type { MilestoneDecision } from '../../domain/milestones/milestones.ts';
import type { Milestone } from '../../domain/milestones/policy.ts';
import { benefitAt } from '../../domain/milestones/steps.ts';
import { toldMessages } from '../../engine/events/outbox.ts';
import type { AwardRow } from '../../engine/milestones/facts.ts';
import { grantToMember, type MemberGrant } from '../../engine/rewards/grant.ts';
import { takeBackReward } from '../../engine/rewards/take-back.ts';
import { toJsonText } from '../../platform/hash.ts';
import { nameId } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import type { ActivityDeps } from '../deps.ts';
import type { MemberRef } from '../member-step.ts';
import { lostMessage, reachedMessage } from './messages.ts';

/**
 * Stores an award with its reward. Where the budget has no room, the award is stored and its reward waits.
 */
export async function writeAward(
  tx: Tx,
  ref: MemberRef,
  decision: Extract<MilestoneDecision, { readonly action: 'award' }>,
  policyVersion: number,
): Promise<'awarded' | 'waiting'> {
  const { milestone, step, at, unit, nth, value, benefit } = decision;
  const trace = JSON.parse(toJsonText(decision.trace)) as Prisma.InputJsonObject;
  const granted = await grant(tx, ref, { milestone, step, nth, benefit, policyVersion, trace });
  const { programId, memberId } = ref;
  const id = awardId(ref, decision);
  const now = new Date(ref.now_ms);
  const status = granted.ok ? ('awarded' as const) : ('waiting' as const);
  const rewardId = granted.ok ? granted.value.rewardId : null;
  const reached = { awardId: id, memberId, milestoneId: milestone.id, step, at, unit, nth, policyVersion };
  await tx.$executeRaw`
    WITH ${toldMessages(programId, [reachedMessage({ ...reached, status, rewardId })])}
    INSERT INTO milestone_awards (program_id, id, member_id, milestone_id, step, nth, at, unit, value,
      policy_version, status, reason, reward_id, trace, reached_at, awarded_at)
    VALUES (${programId}::uuid, ${id}::uuid, ${memberId}::uuid, ${milestone.id}, ${step}, ${nth}, ${at},
      ${unit}, ${value}, ${policyVersion}, ${status}::milestone_status, ${granted.ok ? null : granted.code},
      ${rewardId}::uuid, ${JSON.stringify(trace)}::jsonb, ${now}::timestamptz,
      ${granted.ok ? now : null}::timestamptz)`;
  return status;
}

interface NamedStep {
  readonly milestone: { readonly id: string };
  readonly step: string;
  readonly nth: number;
}

/** The id of a member's award. */
export const awardId = (ref: MemberRef, step: NamedStep): string =>
  nameId(ref.programId, awardKey(ref, step));

/**
 * The business key of an award and of its reward. A step that was taken back gets another award the next
 * time.
 */
function awardKey({ memberId }: MemberRef, { milestone, step, nth }: NamedStep): string {
  const once = `milestone:${memberId}:${milestone.id}:${step}`;
  return nth === 1 ? once : `${once}:${nth}`;
}

interface StepGrant extends NamedStep {
  readonly milestone: Milestone;
  readonly benefit: MemberGrant['benefit'];
  readonly policyVersion: number;
  readonly trace: Prisma.InputJsonObject;
}

function grant(tx: Tx, ref: MemberRef, step: StepGrant) {
  const { milestone, benefit, policyVersion, trace } = step;
  return grantToMember(tx, {
    programId: ref.programId,
    memberId: ref.memberId,
    key: awardKey(ref, step),
    source: 'milestone',
    // No rule of a policy has a colon in its id, so that limits of one never count the other.
    ruleId: `milestone:${milestone.id}`,
    policyVersion,
    benefit,
    hold_days: milestone.hold_days,
    expires_days: milestone.expires_days,
    occurred_at_ms: ref.now_ms,
    now_ms: ref.now_ms,
    trace,
  });
}

/**
 * Tries once more to grant what the budget had no room for, by the policy version under which it was reached.
 */
export async function retryAward(
  deps: ActivityDeps,
  tx: Tx,
  ref: MemberRef,
  award: AwardRow,
): Promise<'awarded' | 'waiting'> {
  const { id, milestoneId, step, nth, at, policyVersion } = award;
  const { milestones = [] } = await deps.policies.load(tx, ref.programId, policyVersion);
  const milestone = milestones.find((it) => it.id === milestoneId);
  const benefit = milestone === undefined ? null : benefitAt(milestone, at);
  if (milestone === undefined || benefit === null) throw new Error(`award ${id} has no milestone`);
  const where = { programId_id: { programId: ref.programId, id } };
  const row = await tx.milestoneAward.findUniqueOrThrow({ where, select: { trace: true } });
  const trace = row.trace as Prisma.InputJsonObject;
  const granted = await grant(tx, ref, { milestone, step, nth, benefit, policyVersion, trace });
  if (!granted.ok) return 'waiting';
  const awardedAt = new Date(ref.now_ms);
  const data = { status: 'awarded' as const, reason: null, rewardId: granted.value.rewardId, awardedAt };
  await tx.milestoneAward.update({ where, data, select: { id: true } });
  return 'awarded';
}

/** Takes back an award whose step is no longer reached, and its reward. */
export async function takeBackAward(tx: Tx, ref: MemberRef, award: AwardRow): Promise<'reversed'> {
  const { id, milestoneId, step, nth, at, unit, rewardId, policyVersion } = award;
  const { programId, memberId, now_ms } = ref;
  if (rewardId !== null) await takeBackReward(tx, { programId, rewardId, occurred_at_ms: now_ms });
  const lost = { awardId: id, memberId, milestoneId, step, at, unit, nth, policyVersion };
  await tx.$executeRaw`
    WITH ${toldMessages(programId, [lostMessage({ ...lost, status: 'reversed', rewardId })])}
    UPDATE milestone_awards
    SET status = 'reversed', reason = 'below_threshold', reversed_at = ${new Date(now_ms)}::timestamptz
    WHERE program_id = ${programId}::uuid AND id = ${id}::uuid`;
  return 'reversed';
}
