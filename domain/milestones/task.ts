import type { AwardFact, MilestoneDecision } from './milestones.ts';

type Award = Extract<MilestoneDecision, { readonly action: 'award' }>;

/** The next thing to do about a member's milestones. */
export type MilestoneTask<A extends AwardFact> =
  /** Takes an award back whose step is no longer reached. */
  | { readonly kind: 'take_back'; readonly award: A }
  /** Tries once more to grant what the budget had no room for. */
  | { readonly kind: 'try_again'; readonly award: A }
  | { readonly kind: 'award'; readonly decision: Award };

/**
 * Decides what is done first of all that is due; null: nothing is due. What is taken back comes first, as it
 * makes room in the budget, then what waits for room, then new awards. `triedIds`: awards that are not to be
 * tried again.
 */
export function nextMilestoneTask<A extends AwardFact & { readonly id: string }>(
  decisions: readonly MilestoneDecision[],
  awards: readonly A[],
  triedIds: ReadonlySet<string>,
): MilestoneTask<A> | null {
  const lost = decisions.find(({ action }) => action === 'take_back');
  if (lost !== undefined) return { kind: 'take_back', award: awardOf(lost, awards) };
  const [waiting] = waitingAwards(awards, triedIds);
  if (waiting !== undefined) return { kind: 'try_again', award: waiting };
  const decision = decisions.find((it) => it.action === 'award');
  return decision === undefined ? null : { kind: 'award', decision };
}

function awardOf<A extends AwardFact>(decision: MilestoneDecision, awards: readonly A[]): A {
  const award = awards.find((it) => it.status !== 'reversed' && isAbout(decision, it));
  if (award === undefined) throw new Error(`no award of ${decision.milestone.id} to take back`);
  return award;
}

/** Whether a decision is about this award. */
export const isAbout = ({ milestone, step, nth }: MilestoneDecision, award: AwardFact): boolean =>
  award.milestoneId === milestone.id && award.step === step && award.nth === nth;

/** Awards that wait for room in the budget and were not tried yet. */
export const waitingAwards = <A extends AwardFact & { readonly id: string }>(
  awards: readonly A[],
  triedIds: ReadonlySet<string>,
): A[] => awards.filter(({ status, id }) => status === 'waiting' && !triedIds.has(id));
