import type { ActivityDeps } from '../deps.ts';
import type { MemberEvents, MemberStep } from '../member-step.ts';
import { awardMilestones } from '../milestones/award.ts';
import { tellMember } from '../notices/tell-member.ts';
import { countActions } from '../points/count-actions.ts';
import { matureMember } from '../rewards/mature-member.ts';
import { askMember } from '../surveys/ask-member.ts';
import { closeMemberEvents } from './close-events.ts';
import { leadOn } from './lead.ts';

/**
 * Takes a member's steps in order, since a step may read what an earlier one wrote; those that do not need
 * the events ignore their ids. Each has transactions of its own, and a repeat takes up where the last try
 * stopped. They are one activity, because an activity costs a workflow as much as most steps cost themselves.
 * Returns the earliest time at which one is due again.
 */
export async function keepMember(deps: ActivityDeps, ref: MemberEvents): Promise<MemberStep> {
  const added = await leadOn<MemberEvents>(deps, addUp)(ref);
  const told = await takeAll(deps, ref, [askMember, tellMember, closeMemberEvents]);
  return { due_at_ms: earlier(added.due_at_ms, told.due_at_ms) };
}

type Step = (deps: ActivityDeps, ref: MemberEvents) => Promise<MemberStep>;

/** What events add up to goes to the member who stays when two are merged. */
const addUp: Step = (deps, ref) => takeAll(deps, ref, [countActions, awardMilestones, matureMember]);

async function takeAll(deps: ActivityDeps, ref: MemberEvents, steps: readonly Step[]): Promise<MemberStep> {
  let due_at_ms: number | null = null;
  for (const step of steps) due_at_ms = earlier(due_at_ms, (await step(deps, ref)).due_at_ms);
  return { due_at_ms };
}

const earlier = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : Math.min(a, b);
