import type { MilestoneTask } from '../../domain/milestones/task.ts';
import { lockMembers } from '../../engine/members/lock.ts';
import { type AwardRow, readFacts } from '../../engine/milestones/facts.ts';
import type { MilestonesInForce } from '../../engine/milestones/in-force.ts';
import { inTransaction } from '../../engine/transaction.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import type { MemberRef, MemberStep } from '../member-step.ts';
import { dueTasks, milestonesIfDue } from './due.ts';
import { awardId, retryAward, takeBackAward, writeAward } from './write.ts';

/** Steps taken in one call; a member with more of them gets another call. */
const STEPS_MAX = 100;

/**
 * Awards a member every milestone of the policy in force that is reached and not awarded, each once and in a
 * transaction of its own. Takes back a reversible milestone that the member no longer reaches. A repeat
 * changes nothing.
 */
export async function awardMilestones(deps: ActivityDeps, ref: MemberRef): Promise<MemberStep> {
  const { left } = await awardMember(deps, ref);
  return { due_at_ms: left ? ref.now_ms : null };
}

/** What became of one member's milestones. */
export interface MemberAwards {
  readonly awarded: number;
  /** Reached, and without room in the budget. */
  readonly waiting: number;
  readonly reversed: number;
  /** There is more to do. */
  readonly left: boolean;
}

/**
 * Does the same, at most a hundred steps of it. Returns how many steps ended in which way. `given` holds the
 * milestones in force when the caller knows that something is due by them. Without it a question says so, as
 * after most events nothing is.
 */
export async function awardMember(
  deps: ActivityDeps,
  ref: MemberRef,
  given?: MilestonesInForce,
): Promise<MemberAwards> {
  const counts = { awarded: 0, waiting: 0, reversed: 0 };
  const inForce = given ?? (await milestonesIfDue(deps, ref));
  if (inForce === null) return { ...counts, left: false };
  const triedIds = new Set<string>();
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const next = await inTransaction(deps, (tx) => takeStep(deps, tx, ref, { inForce, triedIds }));
    if (next === null) return { ...counts, left: false };
    counts[next.result] += 1;
    if (!next.more) return { ...counts, left: false };
  }
  return { ...counts, left: true };
}

interface StepInput {
  readonly inForce: MilestonesInForce;
  /** Awards for which this call found no room in the budget: it does not try them again. */
  readonly triedIds: Set<string>;
}

type StepResult = 'awarded' | 'waiting' | 'reversed';

/** Takes one step under the lock of the member's row; null when nothing is left, or the member is blocked. */
async function takeStep(
  deps: ActivityDeps,
  tx: Tx,
  ref: MemberRef,
  { inForce, triedIds }: StepInput,
): Promise<{ readonly result: StepResult; readonly more: boolean } | null> {
  const { programId, memberId } = ref;
  const locked = await lockMembers(tx, programId, [memberId]);
  if (locked.get(memberId)?.isBlocked === true) return null;
  const { version, milestones } = inForce;
  const member = (await readFacts(tx, programId, [memberId], milestones)).get(memberId);
  if (member === undefined) return null;
  const due = dueTasks(milestones, member, triedIds);
  if (due.first === null) return null;
  // A reward in points may be what another milestone counts.
  const more = due.count > 1 || milestones.some(({ measure }) => measure === 'points');
  return { result: await doTask(deps, tx, ref, { task: due.first, version, triedIds }), more };
}

interface TaskInput {
  readonly task: MilestoneTask<AwardRow>;
  readonly version: number;
  readonly triedIds: Set<string>;
}

async function doTask(
  deps: ActivityDeps,
  tx: Tx,
  ref: MemberRef,
  { task, version, triedIds }: TaskInput,
): Promise<StepResult> {
  switch (task.kind) {
    case 'take_back':
      return await takeBackAward(tx, ref, task.award);
    case 'try_again':
      triedIds.add(task.award.id);
      return await retryAward(deps, tx, ref, task.award);
    case 'award':
      triedIds.add(awardId(ref, task.decision));
      return await writeAward(tx, ref, task.decision, version);
  }
}
