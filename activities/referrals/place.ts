import { qualifiesByNumber } from '../../domain/referrals/numbers.ts';
import { isEnd, mayQualify, unqualifiedStanding } from '../../domain/referrals/referral.ts';
import { type Reversal, reverseQualification } from '../../domain/referrals/refund.ts';
import { addDays } from '../../domain/time.ts';
import type { Tx } from '../../prisma/client.ts';
import { type Action, readNumbered, readQualifying } from './actions.ts';
import type { LockedEvent } from './event.ts';
import { grantLate } from './late-rewards.ts';
import { refundFacts } from './refund-facts.ts';
import { countedOnce, qualifiesNow, takePlace } from './requalify.ts';
import { reverseRewards } from './reverse.ts';
import { type GrantedRewards, NOTHING_GRANTED } from './rewards.ts';

/** Which action qualifies the referral from now on, and what that changes. The caller writes and tells it. */
export interface NewPlace {
  /** Null: none does any more. */
  readonly by: Action | null;
  /** The one that did before; null: none did. */
  readonly later: Action | null;
  /** What is taken back of what the place had brought. */
  readonly reversals: readonly Reversal[];
  readonly granted: GrantedRewards;
}

/**
 * What becomes of the qualification when an action comes that does not qualify the referral, but moves those
 * after it up by one: where the policy's condition asks for numbers, another may qualify the referral now, or
 * none any more. `ordinal` is the new action's number. Null: all stays as it was.
 */
export async function movePlace(tx: Tx, event: LockedEvent, ordinal: number): Promise<NewPlace | null> {
  if (!qualifiesByNumber(event.policy, event.type)) return null;
  const moved = await readNumbered(tx, event, ordinal, { onlyMoved: true });
  const by = nextByNumber(event, moved);
  return by === undefined ? null : await changePlace(tx, event, by);
}

/** Lets another action qualify the referral, or none. The caller writes and tells it. */
export async function changePlace(tx: Tx, event: LockedEvent, by: Action | null): Promise<NewPlace> {
  if (by === null) return await losePlace(tx, event);
  if (!mayQualify(event.referral)) return { by, ...(await takePlace(tx, event, by)) };
  const { rules } = event.policy;
  const late = { rules, moment: 'qualified', anewBy: event.cause } as const;
  const counted = await countedOnce(tx, event);
  return { by, later: null, reversals: [], granted: await grantLate(tx, counted, by, late) };
}

/**
 * Of actions that moved up by one the one that qualifies the referral now: null: none does any more;
 * undefined: as before. What their numbers did not change stays.
 */
function nextByNumber(event: LockedEvent, moved: readonly Action[]): Action | null | undefined {
  const did = (action: Action) => qualifiesNow(event, { ...action, ordinal: action.ordinal - 1 });
  const does = (action: Action) => qualifiesNow(event, action);
  const begins = (action: Action) => does(action) && !did(action);
  if (mayQualify(event.referral)) return moved.find(begins);
  const at = moved.findIndex(({ id }) => id === event.referral.qualifyingEventId);
  const present = moved[at];
  if (present === undefined) return undefined;
  const earlier = moved.slice(0, at).find(begins);
  if (earlier !== undefined || does(present) || !did(present)) return earlier;
  return moved.slice(at + 1).find(does) ?? null;
}

async function losePlace(tx: Tx, event: LockedEvent): Promise<NewPlace> {
  const later = await readQualifying(tx, event);
  if (later === null) throw new Error(`referral ${event.ref.referralId} is qualified by nothing`);
  const facts = await refundFacts(tx, event, later, false);
  const reversals = reverseQualification(event.policy.rules, facts);
  const rows = await reverseRewards(tx, event, facts, { reversals });
  return { by: null, later, reversals, granted: { ...NOTHING_GRANTED, rows } };
}

/**
 * Where a referral is that nothing qualifies once the event has the number `ordinal`, as `writeChange` takes
 * it: the stage and its reason say whether an action would but for its refunds.
 */
export const standingUnqualified = async (tx: Tx, event: LockedEvent, ordinal: number) =>
  standingOf(event, await readNumbered(tx, event, ordinal));

/** The same, where these are all actions that may qualify it. */
export function standingOf(event: LockedEvent, actions: readonly Action[]) {
  const { ref, referral, policy } = event;
  const isRefunded = actions.some((action) => qualifiesNow(event, { ...action, refunded_minor: 0n }));
  if (mayQualify(referral)) return unqualifiedStanding(isRefunded, isEnd(referral.stage));
  const until_ms = addDays(referral.signed_up_at_ms ?? ref.now_ms, policy.qualification.within_days);
  const isOver = until_ms <= ref.now_ms;
  const rest = isOver ? { ended_at_ms: ref.now_ms } : { due_at_ms: until_ms, isReopened: true };
  return { ...unqualifiedStanding(isRefunded, isOver), ...rest };
}
