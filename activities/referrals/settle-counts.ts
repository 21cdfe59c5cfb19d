import { looksAtCount } from '../../domain/referrals/counts.ts';
import { isCounted, type ReferralStage } from '../../domain/referrals/referral.ts';
import { callWorkflows } from '../../engine/events/commands.ts';
import { askAgain, noteAskedUntil, recountOf } from '../../engine/referrals/recount.ts';
import type { Tx } from '../../prisma/client.ts';
import { type AskedBy, keepAsked } from './asked.ts';
import { countOthers } from './counts.ts';
import type { LockedEvent } from './event.ts';
import { mayMoveNth, settleNth } from './nth-times.ts';
import type { ReferralEventRef } from './snapshot.ts';

/** An action that qualifies a referral, for whom. */
interface Place {
  readonly id: string;
  readonly at_ms: number;
  readonly referrerId: string;
}

/**
 * Ends a step of a referral whose rules, or those of the referrer's other referrals, go by the referrer's
 * count: writes down by which counts the step asked its rules, and where the qualification has come, gone or
 * moved in time, has all referrals asked again that did something since. Costs nothing where none asks.
 */
export async function settleCounts(tx: Tx, event: LockedEvent): Promise<void> {
  const { ref, referral, policy, asked } = event;
  const looks = looksAtCount(policy);
  if (!looks && referral.asked_until_ms === null && !mayMoveNth(event)) {
    return await keepAsked(tx, ref, asked);
  }
  const { referrerId, stage, qualifyingEventId, qualified_at_ms } = referral;
  const before = placeOf({ referrerId, stage, qualifyingEventId, qualified_at_ms });
  const now = await readNow(tx, ref);
  const after = placeOf(now);
  const hasMoved = referrerId !== now.referrerId;
  if (hasMoved) await forgetAsked(tx, ref);
  const isNew = after !== null && (hasMoved || before?.id !== after.id);
  const place = looks && isNew ? [await placeAsked(tx, event, after)] : [];
  await keepAsked(tx, ref, [...asked, ...place]);
  if (hasMoved || before?.id !== after?.id) {
    const from = earliestOf([before, after]);
    await settleNth(tx, event, from);
    await recountAfter(tx, event, from);
  }
  const until_ms = Math.max(...asked.map(({ at_ms }) => at_ms), isNew ? after.at_ms : 0);
  if (looks && (hasMoved || until_ms > (referral.asked_until_ms ?? 0))) {
    await noteAskedUntil(tx, ref.programId, now.referrerId, until_ms);
  }
}

interface Now {
  readonly referrerId: string;
  readonly stage: ReferralStage;
  readonly qualifyingEventId: string | null;
  readonly qualified_at_ms: number | null;
}

const placeOf = ({ referrerId, stage, qualifyingEventId: id, qualified_at_ms: at_ms }: Now): Place | null =>
  isCounted(stage) && id !== null && at_ms !== null ? { id, at_ms, referrerId } : null;

async function readNow(tx: Tx, { programId, referralId }: ReferralEventRef): Promise<Now> {
  const where = { programId_id: { programId, id: referralId } };
  const select = { referrerId: true, stage: true, qualifyingEventId: true, qualifiedAt: true };
  const { qualifiedAt, ...now } = await tx.referral.findUniqueOrThrow({ where, select });
  return { ...now, qualified_at_ms: qualifiedAt?.getTime() ?? null };
}

/** Another referrer has another count, by which all has been asked. */
async function forgetAsked(tx: Tx, { programId, referralId }: ReferralEventRef): Promise<void> {
  await tx.askedCount.deleteMany({ where: { programId, referralId } });
}

/** By which count the rules were asked about the action that qualifies the referral from now on. */
async function placeAsked(tx: Tx, { ref }: LockedEvent, { id, at_ms, referrerId }: Place): Promise<AskedBy> {
  const { programId, referralId } = ref;
  const place = await countOthers(tx, { programId, referralId, referrerId, eventId: id, at_ms });
  return { id, at_ms, place };
}

/** By the referrer the earliest of these places: from then on the count is another. */
function earliestOf(places: readonly (Place | null)[]): ReadonlyMap<string, number> {
  const from = new Map<string, number>();
  for (const place of places) {
    if (place === null) continue;
    const { referrerId, at_ms } = place;
    from.set(referrerId, Math.min(at_ms, from.get(referrerId) ?? at_ms));
  }
  return from;
}

/** Has the referrals of each referrer asked again, from this time on. */
async function recountAfter(
  tx: Tx,
  { ref, cause: by, referral }: LockedEvent,
  from: ReadonlyMap<string, number>,
): Promise<void> {
  for (const [referrerId, from_ms] of from) {
    const until_ms = referral.asked_until_ms;
    if (referrerId === referral.referrerId && (until_ms === null || until_ms < from_ms)) continue;
    await askAgain(tx, { ...ref, by, referrerId, from_ms });
  }
}

/** Has the referral asked on, where there is more to turn round than one step does. */
export async function goOn(tx: Tx, { ref, cause: by }: LockedEvent): Promise<void> {
  const { programId, referralId, now_ms } = ref;
  await callWorkflows(tx, [recountOf({ programId, referralId, by, at: new Date(now_ms) })]);
}
