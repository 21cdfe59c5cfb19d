import {
  continueAsNew,
  log,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../../activities/create.ts';
import type { MemberEvents, MemberStep } from '../../activities/member-step.ts';
import { failureReason } from '../failure.ts';
import { type Inbox, openInbox } from '../inbox.ts';
import { SHORT_TRANSACTION } from '../options.ts';
import { currentMember, type MemberInput, type MemberState } from './messages.ts';

const activities = proxyLocalActivities<Activities>(SHORT_TRANSACTION);

/** Events taken together: each step sees them in one transaction. */
const BATCH_MAX = 50;

/**
 * What a member's events and referrals add up to: takes what was decided elsewhere, runs the member's steps
 * in order, and looks again when one of them is due. Every step reads what it needs from the database and is
 * once by its keys, so that the next due time is all that a run has to remember. Ends when nothing is
 * pending; the next event starts it again.
 */
export async function member(input: MemberInput): Promise<MemberState> {
  const { programId, memberId } = input;
  const inbox = openInbox(input.carried?.inbox);
  let state: MemberState = { events: 0, due_at_ms: input.carried?.due_at_ms ?? null };
  setHandler(currentMember, () => state);
  for (;;) {
    await inbox.untilDue(state.due_at_ms);
    const eventIds = takeBatch(inbox);
    const due_at_ms = await runSteps({ programId, memberId, now_ms: Date.now(), eventIds });
    state = { events: state.events + eventIds.length, due_at_ms };
    setCurrentDetails(details(state));
    // Before it goes on as new: a run that begins with nothing to wait for would wait for ever.
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

function takeBatch(inbox: Inbox): string[] {
  return inbox.waiting.splice(0, BATCH_MAX).map(({ eventId }) => eventId);
}

/**
 * A member's steps: what one writes the next may read. Those that do not look at events get none the worse
 * for their ids.
 */
const STEPS = [
  activities.countActions,
  activities.awardMilestones,
  activities.matureMember,
  activities.askMember,
  activities.tellMember,
  activities.closeMemberEvents,
] as const satisfies readonly ((ref: MemberEvents) => Promise<MemberStep>)[];

/**
 * Runs every step and gives the earliest time at which one is due again. A batch that no try can handle is
 * parked, and life goes on.
 */
async function runSteps(ref: MemberEvents): Promise<number | null> {
  let due_at_ms: number | null = null;
  try {
    for (const step of STEPS) {
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

function earlier(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}

function details({ events, due_at_ms }: MemberState): string {
  const due = due_at_ms === null ? 'nothing' : new Date(due_at_ms).toISOString();
  return ['| | |', '|---|---|', `| events taken | ${events} |`, `| due next | ${due} |`].join('\n');
}
