import {
  continueAsNew,
  log,
  patched,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../../activities/create.ts';
import type { MemberEvents, MemberRef, MemberStep } from '../../activities/member-step.ts';
import { isMemberCommand } from '../../domain/members/commands.ts';
import { isRewardCommand } from '../../domain/rewards/correction.ts';
import { earlier } from '../../domain/time.ts';
import { failureReason } from '../failure.ts';
import { openInbox } from '../inbox.ts';
import type { Delivery } from '../messages.ts';
import { SHORT_TRANSACTION } from '../options.ts';
import { currentMember, MEMBER_BATCH_MAX, type MemberInput, type MemberState } from './messages.ts';

const activities = proxyLocalActivities<Activities>(SHORT_TRANSACTION);

/**
 * Keeps what a member's events and referrals add up to: takes events that were decided elsewhere, runs the
 * member's steps in order, and runs them again when one of them is due. Every step reads what it needs from
 * the database and takes effect once by its keys, so a run only has to remember the next due time. Ends when
 * nothing is pending; the next event starts it again. Returns the last state.
 */
export async function member(input: MemberInput): Promise<MemberState> {
  const { programId, memberId } = input;
  const inbox = openInbox(input.carried?.inbox);
  let state: MemberState = { events: 0, due_at_ms: input.carried?.due_at_ms ?? null };
  setHandler(currentMember, () => state);
  for (;;) {
    await inbox.untilDue(state.due_at_ms);
    const batch = inbox.waiting.splice(0, MEMBER_BATCH_MAX);
    const due_at_ms = await handle({ programId, memberId, now_ms: Date.now() }, batch);
    state = { events: state.events + batch.length, due_at_ms };
    setCurrentDetails(details(state));
    // This comes before continuing as new, because a new run with nothing to wait for would wait for ever.
    if (inbox.waiting.length === 0 && due_at_ms === null) return state;
    if (workflowInfo().continueAsNewSuggested) {
      await continueAsNew<typeof member>({
        programId,
        memberId,
        carried: { inbox: inbox.waiting, due_at_ms },
      });
    }
  }
}

type Step = (ref: MemberEvents) => Promise<MemberStep>;

/** What workflows took one by one that began before `keepMember` took them together. */
const STEPS_ONE_BY_ONE = [
  activities.countActions,
  activities.awardMilestones,
  activities.matureMember,
  activities.askMember,
  activities.tellMember,
  activities.closeMemberEvents,
] as const satisfies readonly Step[];

/** Operators' commands come first, and only where there are any: they are rare. */
function stepsFor(batch: readonly Delivery[]): readonly Step[] {
  const isCommanded = batch.some(({ type }) => isRewardCommand(type)) && patched('corrections');
  const steps = patched('steps-together') ? [activities.keepMember] : STEPS_ONE_BY_ONE;
  return isCommanded ? [activities.correctMemberRewards, ...steps] : steps;
}

/**
 * Carries out operators' words first, then runs every step. Returns the earliest time at which one is due
 * again. A batch that fails for good is parked, and the workflow goes on.
 */
async function handle(who: MemberRef, batch: readonly Delivery[]): Promise<number | null> {
  const ref: MemberEvents = { ...who, eventIds: batch.map(({ eventId }) => eventId) };
  const words = batch.filter(({ type }) => isMemberCommand(type));
  let due_at_ms: number | null = null;
  try {
    if (words.length > 0) {
      await activities.decideMember({ ...who, eventIds: words.map(({ eventId }) => eventId) });
    }
    for (const step of stepsFor(batch)) {
      const next = await step(ref);
      due_at_ms = earlier(due_at_ms, next.due_at_ms);
    }
  } catch (error) {
    const reason = failureReason(error);
    if (reason === null) throw error;
    log.error('events of a member could not be handled and are parked', { events: ref.eventIds.length });
    await activities.parkMemberEvents({ ...ref, reason });
  }
  return due_at_ms;
}

function details({ events, due_at_ms }: MemberState): string {
  const due = due_at_ms === null ? 'nothing' : new Date(due_at_ms).toISOString();
  return ['| | |', '|---|---|', `| events taken | ${events} |`, `| due next | ${due} |`].join('\n');
}
