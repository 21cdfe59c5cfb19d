import { earlier } from '../../domain/time.ts';
import type { ActivityDeps } from '../deps.ts';
import type { MemberEvents, MemberStep } from '../member-step.ts';
import { closeMemberEvents } from './close-events.ts';
import { leadOn } from './lead.ts';

type Step = (deps: ActivityDeps, ref: MemberEvents) => Promise<MemberStep>;

/** The steps of other nouns, in order, since one may read what an earlier one wrote. */
export interface MemberSteps {
  /** What events add up to: it goes to the member who stays when two are merged. */
  readonly addUp: readonly Step[];
  /** Whether a member is to be asked something. */
  readonly ask: readonly Step[];
  /** What a member is told. */
  readonly tell: readonly Step[];
}

/**
 * Takes a member's steps and closes the batch; steps that do not need the events ignore their ids. Each has
 * transactions of its own, and a repeat takes up where the last try stopped. They are one activity, because
 * an activity costs a workflow as much as most steps cost themselves. Returns the earliest time at which one
 * is due again.
 */
export const keepMember =
  (deps: ActivityDeps, steps: MemberSteps) =>
  async (ref: MemberEvents): Promise<MemberStep> => {
    const due = await addUpAndAsk(deps, steps, ref);
    await close(deps, steps, ref);
    return due;
  };

/**
 * The same without a workflow: takes a member's steps, and closes the batch when none is due again by itself.
 * Else it leaves the batch open, for the workflow that waits until then: whoever is killed before that
 * workflow has the batch finds it open, and begins anew.
 */
export const keepMemberAtOnce =
  (deps: ActivityDeps, steps: MemberSteps) =>
  async (ref: MemberEvents): Promise<MemberStep> => {
    const due = await addUpAndAsk(deps, steps, ref);
    if (due.due_at_ms === null) await close(deps, steps, ref);
    return due;
  };

async function addUpAndAsk(
  deps: ActivityDeps,
  { addUp, ask }: MemberSteps,
  ref: MemberEvents,
): Promise<MemberStep> {
  const added = await leadOn<MemberEvents>(deps, takeAll(addUp))(ref);
  const asked = await takeAll(ask)(deps, ref);
  return { due_at_ms: earlier(added.due_at_ms, asked.due_at_ms) };
}

async function close(deps: ActivityDeps, { tell }: MemberSteps, ref: MemberEvents): Promise<void> {
  await takeAll([...tell, closeMemberEvents])(deps, ref);
}

const takeAll =
  (steps: readonly Step[]): Step =>
  async (deps, ref) => {
    let due_at_ms: number | null = null;
    for (const step of steps) due_at_ms = earlier(due_at_ms, (await step(deps, ref)).due_at_ms);
    return { due_at_ms };
  };
