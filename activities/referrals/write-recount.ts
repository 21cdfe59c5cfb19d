import { qualifiesByCount } from '../../domain/referrals/counts.ts';
import { mayQualify } from '../../domain/referrals/referral.ts';
import type { Reversal } from '../../domain/referrals/refund.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Action } from './actions.ts';
import type { LockedEvent } from './event.ts';
import { settledStage } from './mature.ts';
import { type NewPlace, standingOf } from './place.ts';
import { qualifiedBy, qualifiedMessage, stageInPlace } from './requalify.ts';
import { reversedOf } from './reverse.ts';
import type { GrantedRewards } from './rewards.ts';
import { scoreInPlace, unscore } from './score.ts';
import type { ReferralSnapshot } from './snapshot.ts';
import { writeChange } from './write.ts';
import { acceptedAs } from './write-action.ts';

/** What asking a referral again comes to. */
interface Recounted {
  /** Those that may qualify the referral. */
  readonly actions: readonly Action[];
  /** Null: what qualifies it stays, or nothing does. */
  readonly place: NewPlace | null;
  readonly reversals: readonly Reversal[];
  readonly granted: GrantedRewards;
  /** How many answers are left to the next command. */
  readonly left: number;
}

/** Writes what asking a referral again has changed, with boards. */
export async function writeRecount(
  tx: Tx,
  event: LockedEvent,
  recounted: Recounted,
): Promise<ReferralSnapshot> {
  const { ref, referral } = event;
  const { programId, referralId } = ref;
  const { place, granted } = recounted;
  const by = place?.by ?? null;
  const later = place?.later ?? null;
  const standing = await standingNow(tx, event, recounted);
  const moves = place === null ? 0 : (by === null ? 0 : 1) - (later === null ? 0 : 1);
  const isNew = by !== null && later === null;
  const after = await writeChange(tx, {
    programId,
    referralId,
    ...standing,
    ...(moves !== 0 && { counted: { referrerId: referral.referrerId, by: moves === 1 ? 1 : -1 } }),
    rewards: granted.rows,
    outbox: [
      ...(isNew ? [qualifiedMessage(event, by.id, referral.qualifiedCount + 1)] : []),
      ...granted.messages,
    ],
    decided: acceptedAs(event, {
      stage: standing.stage,
      rewards: granted.outcomes,
      trace: traceOf(event, recounted),
    }),
  });
  if (later !== null) await unscore(tx, event, later);
  if (by !== null) await scoreInPlace(tx, event, by);
  return after;
}

/** What has changed, as the outcome says it. */
const traceOf = (event: LockedEvent, { place, reversals, left }: Recounted) => ({
  ...(place !== null && placeTrace(place)),
  ...(reversals.length > 0 && { reversed: reversedOf(event, { reversals }) }),
  ...(left > 0 && { numbers_left: left }),
});

const placeTrace = ({ by }: NewPlace) =>
  by === null ? { unqualified_by_count: true } : { qualified_by_count: by.id };

/** Where the referral is now, as `writeChange` takes it. */
async function standingNow(tx: Tx, event: LockedEvent, { place, granted, actions }: Recounted) {
  const { ref, referral, policy } = event;
  const { stage, reason } = referral;
  if (place !== null && place.by !== null) {
    return { stage: await stageInPlace(tx, ref, referral, granted.rows), ...qualifiedBy(event, place.by) };
  }
  if (place !== null || (mayQualify(referral) && qualifiesByCount(policy))) return standingOf(event, actions);
  const isHeld = granted.rows.some(({ status }) => status === 'held');
  return { stage: isHeld ? stage : await settledStage(tx, ref, stage), reason };
}
