import { mayQualify } from '../../domain/referrals/referral.ts';
import type { Reversal } from '../../domain/referrals/refund.ts';
import type { RewardFacts } from '../../domain/rewards/facts.ts';
import type { RewardDecision } from '../../domain/rewards/rewards.ts';
import type { Tx } from '../../prisma/client.ts';
import type { LockedEvent } from './event.ts';
import type { NewPlace } from './place.ts';
import { earnRanks, loseRanks, readShift } from './ranks.ts';
import { hasQualified } from './requalify.ts';
import { reversedMessage, reversedOf } from './reverse.ts';
import type { Grantor } from './reward-row.ts';
import { type GrantedRewards, grantRewards, joinGranted } from './rewards.ts';
import { goOn } from './settle-counts.ts';
import { conversionTrace } from './worth.ts';

/** What an action was granted, with what it changes for those that happened after it. */
export interface OwnRewards extends GrantedRewards {
  readonly reversals: readonly Reversal[];
  /** How many answers of rules there are that a command turns round by their new numbers. */
  readonly left: number;
}

/**
 * Grants what the action earns, and settles what changes for those that happened after it. One message tells
 * all that the event takes back, of a place that changes too, since its key is the event's.
 */
export async function grantOwn(
  tx: Tx,
  event: LockedEvent,
  decisions: readonly RewardDecision[],
  { facts, place = null }: { readonly facts: RewardFacts; readonly place?: NewPlace | null },
): Promise<OwnRewards> {
  const shift = await readShift(tx, event, facts.eventOrdinal, place === null);
  if (shift.left > 0) await goOn(tx, event);
  const reversals = [...(place?.reversals ?? []), ...(await loseRanks(tx, event, shift))];
  const own = await grantRewards(tx, grantorOf(event), decisions);
  const moved = await earnRanks(tx, event, shift, own.rows);
  const unqualifies = place !== null && place.by === null;
  const isTold = reversals.length > 0 || unqualifies;
  const lost = isTold ? [reversedMessage(event, { reversals, unqualifies })] : [];
  const { messages, ...granted } = joinGranted([own, moved]);
  return { ...granted, messages: [...lost, ...messages], reversals, left: shift.left };
}

/** What an action took back, and how much of it is left to a command, as its outcome says it. */
export const changesOf = (event: LockedEvent, { reversals, left }: OwnRewards) => ({
  ...conversionTrace(event).trace,
  ...(reversals.length > 0 && { reversed: reversedOf(event, { reversals }) }),
  ...(left > 0 && { numbers_left: left }),
});

const grantorOf = ({ ref, cause, policy, referral, occurred_at_ms }: LockedEvent): Grantor => ({
  ref,
  policy,
  policyVersion: referral.policyVersion,
  occurred_at_ms,
  anewBy: isAnew({ ref, cause, referral }) ? cause : undefined,
});

/** Whether something may have been granted for the same before: the referral or the event is decided anew. */
const isAnew = ({ ref, cause, referral }: Pick<LockedEvent, 'ref' | 'cause' | 'referral'>): boolean =>
  cause !== ref.eventId || (mayQualify(referral) && hasQualified(referral));
