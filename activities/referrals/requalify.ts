import { deadline } from '../../domain/referrals/deadlines.ts';
import { checkQualification } from '../../domain/referrals/qualification.ts';
import {
  isCounted,
  mayQualify,
  next,
  type ReferralStage,
  type ReferralStanding,
} from '../../domain/referrals/referral.ts';
import { isTiedToQualifying, type Reversal, reverseTied } from '../../domain/referrals/refund.ts';
import { must } from '../../domain/refusal.ts';
import type { OutboxMessage } from '../../engine/events/outbox.ts';
import type { Tx } from '../../prisma/client.ts';
import { type Action, isGone, leftOf, readOthers, readQualifying } from './actions.ts';
import { othersBefore } from './counts.ts';
import type { LockedEvent, LockedReferral } from './event.ts';
import { actionFacts, grantLate } from './late-rewards.ts';
import { settledStage } from './mature.ts';
import { withLastQualified } from './nth-times.ts';
import { refundFacts } from './refund-facts.ts';
import { reverseRewards } from './reverse.ts';
import type { NewReward } from './reward-row.ts';
import type { GrantedRewards } from './rewards.ts';
import type { ReferralEventRef } from './snapshot.ts';
import { worthOf } from './worth.ts';

/**
 * The earliest action, by its own time, that qualifies the referral in place of the one that is refunded;
 * null: none does. An action counts with what refunds have left of its value.
 */
export async function findSuccessor(tx: Tx, event: LockedEvent, refunded: Action): Promise<Action | null> {
  const others = await readOthers(tx, event, refunded);
  return others.find((action) => qualifiesNow(event, action)) ?? null;
}

/** Whether an action of the qualifying type would qualify the referral with what refunds have left of it. */
export function qualifiesNow(event: LockedEvent, action: Action): boolean {
  const { value, rates, refunded_minor, occurred_at_ms } = action;
  if (isGone(action)) return false;
  const { policy, referral } = event;
  const left = value === null ? null : { ...value, minor: leftOf(value, refunded_minor) };
  const { eventValue } = worthOf(left, rates, policy.unit);
  const facts = { ...actionFacts(event, action, 'event'), ...othersThen(event, action.id) };
  return checkQualification(policy, facts, referral.signed_up_at_ms ?? occurred_at_ms, eventValue).ok;
}

/** The referrer's count without this referral, as the condition for qualifying sees it. */
export const othersThen = ({ counts, referral }: LockedEvent, id: string) => ({
  qualifiedCount: referral.qualifiedCount - (isCounted(referral.stage) ? 1 : 0),
  countThen: counts === null ? undefined : othersBefore(counts, id),
});

/** What it changes that an action takes the place of the later one that qualifies the referral. */
export interface Overtaking {
  readonly later: Action;
  /** What was tied to qualifying and is taken back from the later one. */
  readonly reversals: readonly Reversal[];
  readonly granted: GrantedRewards;
}

/** An action takes the place of the later one that qualifies the referral. The caller writes and tells it. */
export async function takePlace(tx: Tx, event: LockedEvent, action: Action): Promise<Overtaking> {
  const later = await readQualifying(tx, event);
  if (later === null) throw new Error(`referral ${event.ref.referralId} is qualified by nothing`);
  const { rewards } = await refundFacts(tx, event, later, false);
  const reversals = reverseTied(rewards);
  await reverseRewards(tx, event, { rewards, milestoneRewards: [] }, { reversals });
  return { later, reversals, granted: await grantInPlace(tx, event, action) };
}

/**
 * Grants what an action earns by qualifying the referral in place of another. The referrer's count does not
 * move, so nothing that hangs on it is asked. Returns rows and messages, which the caller writes.
 */
export const grantInPlace = (tx: Tx, event: LockedEvent, action: Action): Promise<GrantedRewards> =>
  grantLate(tx, event, action, {
    rules: event.policy.rules.filter(isTiedToQualifying),
    moment: 'qualified',
    anewBy: event.cause,
  });

/** The event with its referral counted for the referrer. */
export const countedOnce = async (tx: Tx, event: LockedEvent): Promise<LockedEvent> => ({
  ...(await withLastQualified(tx, event)),
  referral: { ...event.referral, qualifiedCount: event.referral.qualifiedCount + 1 },
});

/** By what a referral qualifies, and until when refunds count, as `writeChange` takes it. */
export const qualifiedBy = (
  { policy, ref, referral }: LockedEvent,
  { id, occurred_at_ms }: Pick<Action, 'id' | 'occurred_at_ms'>,
) => ({
  qualified: { at_ms: occurred_at_ms, eventId: id },
  due_at_ms: deadline(policy, 'qualified', {
    signed_up_at_ms: referral.signed_up_at_ms,
    qualified_at_ms: occurred_at_ms,
    started_at_ms: ref.now_ms,
  }),
  isReopened: true,
});

/** Whether it qualified before, whatever has become of that. */
export const hasQualified = ({ qualified_at_ms }: LockedReferral): boolean => qualified_at_ms !== null;

/** Says that the referral counts for its referrer from now on, as the nth, by this action. */
export function qualifiedMessage(
  { ref, cause, referral }: LockedEvent,
  actionId: string,
  nth: number,
): OutboxMessage {
  return {
    key: `referral.qualified:${ref.referralId}${hasQualified(referral) ? `:${cause}` : ''}`,
    subject: `referral:${ref.referralId}`,
    members: [referral.referrerId],
    type: 'referral.qualified',
    payload: { referralId: ref.referralId, eventId: actionId, nth },
  };
}

/** The stage of a referral that this action qualifies now: rewarded, unless something is still held. */
export async function stageInPlace(
  tx: Tx,
  ref: ReferralEventRef,
  standing: ReferralStanding,
  rows: readonly NewReward[],
): Promise<ReferralStage> {
  const qualified = must(next(standing.stage, mayQualify(standing) ? 'act' : 'requalify'));
  return rows.some(({ status }) => status === 'held') ? qualified : await settledStage(tx, ref, qualified);
}
