import { isCountedEach, isOfCountedPlace } from '../../domain/referrals/counts.ts';
import { isNumbered, isOfNumberedPlace } from '../../domain/referrals/numbers.ts';
import { mayQualify, next } from '../../domain/referrals/referral.ts';
import { isTiedToQualifying, type RefundReward } from '../../domain/referrals/refund.ts';
import { checkTakenBack, type Restored, restoredParts } from '../../domain/referrals/reinstate.ts';
import { ok, type Result } from '../../domain/refusal.ts';
import type { RewardMoment } from '../../domain/rewards/rewards.ts';
import { hangsOnCount, type Rule } from '../../domain/rewards/rule.ts';
import { tellActed } from '../../engine/points/acted.ts';
import type { Tx } from '../../prisma/client.ts';
import { type Action, isGone, leftOf, readQualifying, type TakenBackRefund } from './actions.ts';
import type { LockedEvent } from './event.ts';
import { noteAsked } from './facts.ts';
import { grantLate } from './late-rewards.ts';
import { isLost, readLosses } from './losses.ts';
import { isQualifying, refundFacts } from './refund-facts.ts';
import { refuseEvent } from './refuse.ts';
import {
  countedOnce,
  type Overtaking,
  qualifiedBy,
  qualifiedMessage,
  qualifiesNow,
  stageInPlace,
  takePlace,
} from './requalify.ts';
import {
  noteParts,
  notRestored,
  partOutcome,
  restoredMessage,
  restoredOf,
  restoreRewards,
} from './restore.ts';
import { reversedMessage, reversedOf } from './reverse.ts';
import { type GrantedRewards, joinGranted, NOTHING_GRANTED } from './rewards.ts';
import { scoreInPlace, scoreRestored, unscore } from './score.ts';
import type { ReferralSnapshot } from './snapshot.ts';
import { writeChange } from './write.ts';

/**
 * Decides a refund of a refund, as when a dispute is won or a refund fails: the action counts again as if
 * that refund had never come. Percentages get back what it took of them, what it took back whole is granted
 * anew, and the action qualifies the referral where it is the earliest that does.
 */
export async function reinstateAction(
  tx: Tx,
  event: LockedEvent,
  refund: TakenBackRefund,
): Promise<ReferralSnapshot> {
  const possible = checkReinstating(event, refund);
  if (!possible.ok) {
    // What the referral refuses may still have taken points.
    if (event.engages) await tellActed(tx, event.ref.programId, event.ref.eventId);
    return await refuseEvent(tx, event, possible);
  }
  const { rewards } = await refundFacts(tx, event, refund.after, false);
  const parts = restoredParts(
    rewards,
    refund.after.value,
    leftOf(refund.after.value, refund.after.refunded_minor),
  );
  const restored = await restoreRewards(tx, event, parts);
  noteParts(tx, event, refund.after, notRestored(parts, restored));
  const place = await takenPlace(tx, event, refund.after);
  const granted = await grantAnew(tx, event, refund, { rewards, place });
  const after = await writeReinstated(tx, event, refund.after, { parts, restored, place, granted });
  await scoreReinstated(tx, event, refund, place);
  if (event.engages) await tellActed(tx, event.ref.programId, event.ref.eventId);
  return after;
}

function checkReinstating(event: LockedEvent, { value, isGone: gone }: TakenBackRefund): Result<unknown> {
  const { referral } = event;
  const open = mayQualify(referral) ? ok(referral) : next(referral.stage, 'requalify');
  return open.ok ? checkTakenBack({ taken: value, isGone: gone, refundValue: event.value }) : open;
}

/** What becomes of the qualification: as before, none before and now by the action, or by it instead. */
type Place =
  | { readonly kind: 'kept' }
  | { readonly kind: 'gained' }
  | ({ readonly kind: 'overtaken' } & Overtaking);

async function takenPlace(tx: Tx, event: LockedEvent, action: Action): Promise<Place> {
  const { referral, policy } = event;
  if (action.type !== policy.qualification.event || !qualifiesNow(event, action)) return { kind: 'kept' };
  const isFirst = mayQualify(referral);
  const present = isFirst ? null : await readQualifying(tx, event);
  if (present !== null && present.ordinal <= action.ordinal) return { kind: 'kept' };
  return isFirst ? { kind: 'gained' } : { kind: 'overtaken', ...(await takePlace(tx, event, action)) };
}

interface Standing {
  /** What the action had brought. */
  readonly rewards: readonly RefundReward[];
  readonly place: Place;
}

/** Grants what the action earns by its place, and what refunds had taken back whole. */
async function grantAnew(
  tx: Tx,
  event: LockedEvent,
  { before, after }: TakenBackRefund,
  { rewards, place }: Standing,
): Promise<GrantedRewards> {
  const { rules } = event.policy;
  const losses = await readLosses(tx, event, after, rewards);
  const gains = place.kind === 'gained';
  const counted = gains ? await countedOnce(tx, event) : event;
  const lost = rules.filter((rule) => isLost(rule, rewards, losses, event.referral.referrerId));
  const grant = async (moment: RewardMoment, wanted: readonly Rule[]) => {
    const again = { moment, anewBy: event.cause };
    // What comes back is nothing new, so a block does not stop it.
    const back = wanted.filter((rule) => lost.includes(rule));
    const others = wanted.filter((rule) => !lost.includes(rule));
    return [
      back.length === 0
        ? NOTHING_GRANTED
        : await grantLate(tx, unblocked(counted), after, { ...again, rules: back }),
      others.length === 0
        ? NOTHING_GRANTED
        : await grantLate(tx, counted, after, { ...again, rules: others }),
    ];
  };
  // While it was gone, others may have moved its number, or the referral its referrer: their rules are asked.
  const isNew = (rule: Rule, hasMoved: boolean) => hasMoved && rule.recipient === 'referrer';
  const hasOther = (rule: Rule) => isNumbered(rule, after.type) || isCountedEach(rule, after.type);
  const isAsked = (rule: Rule) =>
    isGone(before) && (hasOther(rule) || isNew(rule, losses.wentBefore)) && !losses.byHand.has(rule.id);
  const own = rules.filter((rule) => lost.includes(rule) || isAsked(rule));
  const isMoved = (rule: Rule) =>
    (isOfNumberedPlace(rule) || isOfCountedPlace(rule)) && !losses.byHand.has(rule.id);
  const { type, occurred_at_ms } = after;
  if (isGone(before)) noteAsked({ ...event, type, occurred_at_ms }, after.id);
  const isOfPlace = (rule: Rule) =>
    !losses.fell ||
    lost.includes(rule) ||
    hangsOnCount(rule) ||
    isMoved(rule) ||
    isNew(rule, losses.fellBefore);
  const ofPlace = rules.filter(isOfPlace);
  const tied = gains ? ofPlace : isQualifying(event, after) ? lost.filter(isTiedToQualifying) : [];
  const granted = [
    place.kind === 'overtaken' ? place.granted : NOTHING_GRANTED,
    ...(await grant('qualified', tied)),
    ...(await grant('event', own)),
  ];
  return joinGranted(granted);
}

const unblocked = (event: LockedEvent): LockedEvent => ({
  ...event,
  referral: { ...event.referral, blockedIds: new Set() },
});

/** What a refund of a refund comes to. */
interface Reinstated {
  readonly parts: readonly Restored[];
  /** Those for which the budget had room. */
  readonly restored: readonly Restored[];
  readonly place: Place;
  readonly granted: GrantedRewards;
}

async function writeReinstated(
  tx: Tx,
  event: LockedEvent,
  action: Action,
  { parts, restored, place, granted }: Reinstated,
): Promise<ReferralSnapshot> {
  const { ref, referral, subject } = event;
  const { programId, referralId, eventId } = ref;
  const isKept = place.kind === 'kept';
  const stage = isKept ? referral.stage : await stageInPlace(tx, ref, referral, granted.rows);
  const reversals = place.kind === 'overtaken' ? place.reversals : [];
  const lost = reversals.length === 0 ? [] : [reversedMessage(event, { reversals, unqualifies: false })];
  const nth = referral.qualifiedCount + 1;
  const gained = place.kind === 'gained' ? [qualifiedMessage(event, action.id, nth)] : [];
  return await writeChange(tx, {
    programId,
    referralId,
    stage,
    ...(isKept && { reason: referral.reason }),
    ...(!isKept && qualifiedBy(event, action)),
    ...(place.kind === 'gained' && { counted: { referrerId: referral.referrerId, by: 1 as const } }),
    rewards: granted.rows,
    outbox: [...lost, ...gained, restoredMessage(event, restored), ...granted.messages],
    decided: {
      eventId,
      subject,
      outcome: {
        decision: 'accepted',
        referralId,
        stage,
        rewards: [...notRestored(parts, restored).map(partOutcome), ...granted.outcomes],
        trace: {
          reinstates: action.id,
          restored: restoredOf(event, restored),
          ...(place.kind === 'overtaken' && {
            qualifies_instead_of: place.later.id,
            reversed: reversedOf(event, { reversals }),
          }),
        },
      },
    },
  });
}

async function scoreReinstated(
  tx: Tx,
  event: LockedEvent,
  refund: TakenBackRefund,
  place: Place,
): Promise<void> {
  if (place.kind === 'overtaken') await unscore(tx, event, place.later);
  if (place.kind !== 'kept') await scoreInPlace(tx, event, refund.after);
  else if (isQualifying(event, refund.after)) await scoreRestored(tx, event, refund);
}
