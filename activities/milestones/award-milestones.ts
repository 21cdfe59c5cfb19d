import type { ActivityDeps } from '../deps.ts';
import type { MemberRef, MemberStep } from '../member-step.ts';
import { awardMember } from './award.ts';

/**
 * Awards a member every milestone that is reached and not awarded, by the policy in force, each once and in a transaction of its
 * own; what a reversible milestone no longer has is taken back. A repeat changes nothing.
 */
export async function awardMilestones(deps: ActivityDeps, ref: MemberRef): Promise<MemberStep> {
  const { left } = await awardMember(deps, ref);
  return { due_at_ms: left ? ref.now_ms : null };
}
