import {
  continueAsNew,
  log,
  patched,
  proxyLocalActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../../activities/create.ts';
import type { ReferralRef, ReferralSnapshot } from '../../activities/referrals/snapshot.ts';
import { nextDue, stepDue } from '../../domain/referrals/deadlines.ts';
import { isEnd, stepFor } from '../../domain/referrals/referral.ts';
import { failureReason } from '../failure.ts';
import { openInbox } from '../inbox.ts';
import type { Delivery } from '../messages.ts';
import { SHORT_TRANSACTION } from '../options.ts';
import { currentReferral, type ReferralInput, tellReferral } from './messages.ts';
import { showReferral } from './show.ts';

const activities = proxyLocalActivities<Activities>(SHORT_TRANSACTION);

/**
 * What lies ahead of one referral: acts when a deadline passes, and hands each event that it is given to the
 * activity that decides it. Most events are decided without it (`worker/referrals/keeper.ts`), and it is told
 * what became of the referral. Its state is the last snapshot, so a new run continues where an earlier one
 * ended. Returns the last snapshot.
 */
export async function referral(input: ReferralInput): Promise<ReferralSnapshot> {
  const { programId, referralId } = input;
  const inbox = openInbox(input.carried?.inbox);
  let snapshot: ReferralSnapshot | null = input.carried?.snapshot ?? null;
  const words = openWords(() => snapshot);
  setHandler(currentReferral, () => snapshot);
  // Each run has its own details, so a new run shows what the last one showed.
  if (snapshot !== null) showReferral(snapshot, snapshot);

  for (;;) {
    await inbox.untilDue(snapshot === null ? null : nextDue(snapshot), words.isTold);
    const before = snapshot;
    snapshot = words.latest();
    for (let next = inbox.waiting.shift(); next !== undefined; next = inbox.waiting.shift()) {
      snapshot = await decideEvent({ programId, referralId, now_ms: Date.now() }, next);
    }
    if (snapshot === null) continue;
    snapshot = await passDeadlines({ programId, referralId, now_ms: Date.now() }, snapshot);
    showReferral(snapshot, before);
    if (inbox.waiting.length > 0 || words.isTold()) continue;
    if (isOver(snapshot)) return snapshot;
    await goOnAsNew({ programId, referralId, carried: { inbox: inbox.waiting, snapshot } });
  }
}

/** Ends the run where its history has grown long; the next one has what it carries. */
async function goOnAsNew(input: ReferralInput): Promise<void> {
  if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof referral>(input);
}

/**
 * Runs the activity for one event. An event that fails for good is parked for an operator, and the referral
 * goes on.
 */
function decideEvent(ref: ReferralRef, { eventId, type }: Delivery): Promise<ReferralSnapshot> {
  return takeStep({ ...ref, eventId }, type).catch((error: unknown) => {
    const reason = failureReason(error);
    if (reason === null) throw error;
    log.error('an event could not be handled and is parked', { eventId, type });
    return activities.parkReferralEvent({ ...ref, eventId, reason });
  });
}

function takeStep(
  event: ReferralRef & { readonly eventId: string },
  type: string,
): Promise<ReferralSnapshot> {
  const step = stepFor(type);
  switch (step) {
    case 'issue':
      return activities.issueInvitation(event);
    case 'sign_up':
      return activities.signUp(event);
    case 'act':
      return activities.recordAction(event);
    case 'refund':
      return activities.refundAction(event);
    case 'look':
      return activities.lookAtReferral(event);
    case 'correct':
    case 'grant_again':
    case 'cancel':
    case 'attribute':
    case 'move':
      return patched('corrections') ? CORRECTIONS[step](event) : parkUnknown(event, type);
    case 'recount':
    case 'recount_others':
      return patched('recounts') ? RECOUNTS[step](event) : parkUnknown(event, type);
    case 'approve':
    case 'reject':
      return activities.decideReview(event);
    default:
      return parkUnknown(event, type);
  }
}

/** What operators put right by hand. */
const CORRECTIONS = {
  correct: activities.correctReferralReward,
  grant_again: activities.grantReferralRewardAgain,
  cancel: activities.cancelReferral,
  attribute: activities.attributeReferral,
  move: activities.moveReferral,
} as const;

/** What follows where a referrer's count has moved at an earlier time. */
const RECOUNTS = {
  recount: activities.recountReferral,
  recount_others: activities.recountOthers,
} as const;

const parkUnknown = (event: ReferralRef & { readonly eventId: string }, type: string) =>
  activities.parkReferralEvent({ ...event, reason: `no step for events of type ${type}` });

/** Matures the rewards that are due, then ends the referral if its deadline has passed. */
async function passDeadlines(ref: ReferralRef, snapshot: ReferralSnapshot): Promise<ReferralSnapshot> {
  let current = snapshot;
  if (stepDue(current, ref.now_ms) === 'mature') current = await activities.matureRewards(ref);
  if (stepDue(current, ref.now_ms) === 'end') current = await activities.endReferral(ref);
  return current;
}

/** What the workflow is told of the referral, beside what it knows itself. */
function openWords(known: () => ReferralSnapshot | null) {
  let word: ReferralSnapshot | null = null;
  setHandler(tellReferral, (told) => {
    if (isNewer(told, word ?? known())) word = told;
  });
  return {
    isTold: () => word !== null,
    /**
     * The referral by the latest word, which is then no news any more, or as the workflow knows it: it may
     * have learnt more while the word was waiting.
     */
    latest() {
      const now = known();
      const told = word;
      word = null;
      return told !== null && isNewer(told, now) ? told : now;
    },
  };
}

/** Whether a word about the referral is newer than what is known. */
const isNewer = (word: ReferralSnapshot, known: ReferralSnapshot | null): boolean =>
  known === null || (word.version ?? 0) > (known.version ?? 0);

/** Whether nothing happens to it by itself any more. Runs of before waited for events unless it had ended. */
function isOver(snapshot: ReferralSnapshot): boolean {
  const { stage, matures_at_ms } = snapshot;
  if (stage === null || (isEnd(stage) && matures_at_ms === null)) return true;
  return nextDue(snapshot) === null && patched('nothing-ahead');
}
