import { benefitAt, decideMilestones, type MilestoneDecision } from '../../domain/milestones/milestones.ts';
import type { Milestone } from '../../domain/milestones/policy.ts';
import { tell } from '../../engine/events/outbox.ts';
import { type AwardRow, readFacts } from '../../engine/milestones/facts.ts';
import { type MilestonesInForce, milestonesInForce } from '../../engine/milestones/in-force.ts';
import { grantToMember, type MemberGrant } from '../../engine/rewards/grant.ts';
import { takeBackReward } from '../../engine/rewards/take-back.ts';
import { inTransaction } from '../../engine/transaction.ts';
import { toJsonText } from '../../platform/hash.ts';
import { nameId } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import type { ActivityDeps } from '../deps.ts';
import type { MemberRef } from '../member-step.ts';
import { lostMessage, reachedMessage } from './messages.ts';

/** Steps taken in one call; a member who has more is come back to. */
const STEPS_MAX = 100;

/** What became of one member's milestones. */
export interface MemberAwards {
  readonly awarded: number;
  /** Reached, and without room in the budget. */
  readonly waiting: number;
  readonly reversed: number;
  /** There is more to do. */
  readonly left: boolean;
}

type Did = 'awarded' | 'waiting' | 'reversed';

/** Does all that is to be done about a member's milestones, or the first hundred steps of it, each in its own transaction. */
export async function awardMember(
  deps: ActivityDeps,
  ref: MemberRef,
  known?: MilestonesInForce,
): Promise<MemberAwards> {
  const came = { awarded: 0, waiting: 0, reversed: 0 };
  const inForce = known ?? (await milestonesInForce(deps.db, deps.policies, ref.programId));
  if (inForce === null) return { ...came, left: false };
  if (inForce.milestones.length === 0 && !(await hasWaiting(deps, ref))) return { ...came, left: false };
  const tried = new Set<string>();
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const taken = await inTransaction(deps, (tx) => takeStep(deps, tx, ref, { inForce, tried }));
    if (taken === null) return { ...came, left: false };
    came[taken.did] += 1;
    if (!taken.more) return { ...came, left: false };
  }
  return { ...came, left: true };
}

async function hasWaiting({ db }: ActivityDeps, { programId, memberId }: MemberRef): Promise<boolean> {
  const where = { programId, memberId, status: 'waiting' } as const;
  return (await db.milestoneAward.findFirst({ where, select: { id: true } })) !== null;
}

interface Asked {
  readonly inForce: MilestonesInForce;
  /** Awards that this call found no room for: not tried again by it. */
  readonly tried: Set<string>;
}

/** One step under the lock of the member's row; null when nothing is left. What is taken back comes first and makes room. */
async function takeStep(
  deps: ActivityDeps,
  tx: Tx,
  ref: MemberRef,
  { inForce, tried }: Asked,
): Promise<{ readonly did: Did; readonly more: boolean } | null> {
  const { programId, memberId } = ref;
  await tx.$queryRaw`
    SELECT 1 FROM members WHERE program_id = ${programId}::uuid AND id = ${memberId}::uuid FOR NO KEY UPDATE`;
  const found = (await readFacts(tx, programId, [memberId], inForce.milestones)).get(memberId);
  if (found === undefined) return null;
  const decisions = decideMilestones(inForce.milestones, found.facts, found.awards);
  const waiting = found.awards.filter(({ status, id }) => status === 'waiting' && !tried.has(id));
  // A reward in points may be what another milestone counts.
  const feeds = inForce.milestones.some(({ measure }) => measure === 'points');
  const more = feeds || decisions.length + waiting.length > 1;
  const lost = decisions.find(({ action }) => action === 'take_back');
  if (lost !== undefined) return { did: await takeBack(tx, ref, lost, found.awards), more };
  const [again] = waiting;
  if (again !== undefined) {
    tried.add(again.id);
    return { did: await tryAgain(deps, tx, ref, again), more };
  }
  const earned = decisions.find((it) => it.action === 'award');
  if (earned === undefined) return null;
  tried.add(idOf(ref, earned));
  return { did: await award(tx, ref, earned, inForce.version), more };
}

type Award = Extract<MilestoneDecision, { readonly action: 'award' }>;
type Named = { readonly milestone: { readonly id: string }; readonly step: string; readonly nth: number };

/** The business key of an award, of its reward too: a step that was taken back is another award the next time. */
function keyOf({ memberId }: MemberRef, { milestone, step, nth }: Named): string {
  const once = `milestone:${memberId}:${milestone.id}:${step}`;
  return nth === 1 ? once : `${once}:${nth}`;
}

const idOf = (ref: MemberRef, award: Named): string => nameId(ref.programId, keyOf(ref, award));

interface Earned extends Named {
  readonly milestone: Milestone;
  readonly benefit: MemberGrant['benefit'];
  readonly policyVersion: number;
  readonly trace: Prisma.InputJsonObject;
}

function grant(tx: Tx, ref: MemberRef, earned: Earned) {
  const { milestone, benefit, policyVersion, trace } = earned;
  return grantToMember(tx, {
    programId: ref.programId,
    memberId: ref.memberId,
    key: keyOf(ref, earned),
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

const jsonOf = (trace: unknown) => JSON.parse(toJsonText(trace)) as Prisma.InputJsonObject;

/** Puts an award on record with its reward; without room in the budget it waits, and is on record all the same. */
async function award(tx: Tx, ref: MemberRef, decision: Award, policyVersion: number): Promise<Did> {
  const { milestone, step, at, unit, nth, value, benefit } = decision;
  const trace = jsonOf(decision.trace);
  const granted = await grant(tx, ref, { milestone, step, nth, benefit, policyVersion, trace });
  const { programId, memberId } = ref;
  const id = idOf(ref, decision);
  const now = new Date(ref.now_ms);
  const status = granted.ok ? ('awarded' as const) : ('waiting' as const);
  const rewardId = granted.ok ? granted.value.rewardId : null;
  await tx.milestoneAward.create({
    data: {
      ...{ programId, id, memberId, milestoneId: milestone.id, step, nth, at, unit, value, policyVersion },
      ...{ status, reason: granted.ok ? null : granted.code, rewardId, trace },
      ...{ reachedAt: now, awardedAt: granted.ok ? now : null },
    },
    select: { id: true },
  });
  const reached = { awardId: id, memberId, milestoneId: milestone.id, step, at, unit, nth, policyVersion };
  await tell(tx, programId, [reachedMessage({ ...reached, status, rewardId })]);
  return status;
}

/** Tries once more what the budget had no room for, as the version says under which it was reached. */
async function tryAgain(deps: ActivityDeps, tx: Tx, ref: MemberRef, waiting: AwardRow): Promise<Did> {
  const { id, milestone_id, step, nth, at, policyVersion } = waiting;
  const { milestones = [] } = await deps.policies.load(tx, ref.programId, policyVersion);
  const milestone = milestones.find((it) => it.id === milestone_id);
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
async function takeBack(
  tx: Tx,
  ref: MemberRef,
  { milestone, step, nth, at, unit }: MilestoneDecision,
  awards: readonly AwardRow[],
): Promise<Did> {
  const row = awards.find((it) => it.milestone_id === milestone.id && it.step === step && it.nth === nth);
  if (row === undefined) throw new Error(`no award of ${milestone.id} to take back`);
  const { programId, memberId, now_ms } = ref;
  const { id, rewardId, policyVersion } = row;
  if (rewardId !== null) await takeBackReward(tx, { programId, rewardId, occurred_at_ms: now_ms });
  await tx.milestoneAward.update({
    where: { programId_id: { programId, id } },
    data: { status: 'reversed', reason: 'below_threshold', reversedAt: new Date(now_ms) },
    select: { id: true },
  });
  const lost = { awardId: id, memberId, milestoneId: milestone.id, step, at, unit, nth, policyVersion };
  await tell(tx, programId, [lostMessage({ ...lost, status: 'reversed', rewardId })]);
  return 'reversed';
}
