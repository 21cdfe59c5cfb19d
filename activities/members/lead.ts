import { whoStays } from '../../engine/members/find.ts';
import type { ActivityDeps } from '../deps.ts';
import type { MemberRef, MemberStep } from '../member-step.ts';

/**
 * A step of a member's life, taken for the member into whom they were merged, if they were. That one's own
 * workflow knows when the step is due again.
 */
export const leadOn =
  <R extends MemberRef>(deps: ActivityDeps, step: (deps: ActivityDeps, ref: R) => Promise<MemberStep>) =>
  async (ref: R): Promise<MemberStep> => {
    const memberId = await whoStays(deps.db, ref.programId, ref.memberId);
    if (memberId === ref.memberId) return await step(deps, ref);
    await step(deps, { ...ref, memberId });
    return { due_at_ms: null };
  };
