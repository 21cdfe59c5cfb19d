import { decideMilestones } from '../../domain/milestones/milestones.ts';
import type { Milestone } from '../../domain/milestones/policy.ts';
import { nextMilestoneTask, waitingAwards } from '../../domain/milestones/task.ts';
import {
  countsAmounts,
  type FactsRow,
  factsColumns,
  type MemberFacts,
  memberFactsOf,
  readFacts,
} from '../../engine/milestones/facts.ts';
import {
  type InForceRow,
  inForceColumns,
  inForceOf,
  type MilestonesInForce,
} from '../../engine/milestones/in-force.ts';
import type { ActivityDeps } from '../deps.ts';
import type { MemberRef } from '../member-step.ts';

const NONE_TRIED: ReadonlySet<string> = new Set();

/** What is due of a member, and what comes first. */
export const dueTasks = (
  milestones: readonly Milestone[],
  { facts, awards }: MemberFacts,
  triedIds: ReadonlySet<string> = NONE_TRIED,
) => {
  const decisions = decideMilestones(milestones, facts, awards);
  return {
    first: nextMilestoneTask(decisions, awards, triedIds),
    count: decisions.length + waitingAwards(awards, triedIds).length,
  };
};

/**
 * The milestones in force when something may be due for the member, else null, as after most events. It asks
 * without a lock, so that whoever awards asks again under it. A count that another transaction moves at the
 * same moment is not lost: it commits with a message that names the member, which brings a call of its own,
 * and so does the end of a block.
 */
export async function milestonesIfDue(deps: ActivityDeps, ref: MemberRef): Promise<MilestonesInForce | null> {
  const { db, policies } = deps;
  const { programId, memberId, now_ms } = ref;
  const [row] = await db.$queryRaw<(InForceRow & FactsRow & { readonly isBlocked: boolean })[]>`
    SELECT ${inForceColumns(now_ms)}, ${factsColumns()}, m.blocked_at IS NOT NULL AS "isBlocked"
    FROM programs p JOIN members m ON m.program_id = p.id AND m.id = ${memberId}::uuid
    WHERE p.id = ${programId}::uuid`;
  const inForce = row === undefined ? null : await inForceOf(db, policies, programId, row);
  if (row === undefined || inForce === null || row.isBlocked) return null;
  const { milestones } = inForce;
  const member = countsAmounts(milestones)
    ? (await readFacts(db, programId, [memberId], milestones)).get(memberId)
    : memberFactsOf(row);
  return member === undefined || dueTasks(milestones, member).first === null ? null : inForce;
}
