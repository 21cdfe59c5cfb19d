import { qualifiesByCount } from '../../domain/referrals/counts.ts';
import { type EarningPolicy, earnsAt } from '../../domain/referrals/earning.ts';
import { countsTowards, placeHasNumber, qualifiesByNumber } from '../../domain/referrals/numbers.ts';
import { checkQualification, outsideWindow } from '../../domain/referrals/qualification.ts';
import { isCounted, isEnd, mayQualify, type ReferralStage } from '../../domain/referrals/referral.ts';
import { ok, type Result, refuse } from '../../domain/refusal.ts';
import type { RewardFacts } from '../../domain/rewards/facts.ts';
import { decideRewards } from '../../domain/rewards/rewards.ts';
import { tellActed } from '../../engine/points/acted.ts';
import { noteFailures } from '../../engine/rules/failures.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import { countThenOf, withCounts } from './counts.ts';
import type { LockedEvent } from './event.ts';
import { noteAsked, rewardFacts } from './facts.ts';
import { isInTime } from './in-time.ts';
import { withLastQualified } from './nth-times.ts';
import { grantOwn } from './own-rewards.ts';
import { movePlace } from './place.ts';
import { refuseEvent } from './refuse.ts';
import { othersThen, takePlace } from './requalify.ts';
import type { ReferralEventRef, ReferralSnapshot } from './snapshot.ts';
import { takeReferralStep } from './step.ts';
import { conversionTrace, withRates } from './worth.ts';
import { scoreQualification, writeAction, writePlace } from './write-action.ts';

/**
 * Decides a qualifying or later action of a referred member: qualifies the referral, counts it for its
 * referrer and grants what the rules say, all in one transaction. An action during a review waits until the
 * review ends.
 */
export function recordAction(deps: ActivityDeps, ref: ReferralEventRef): Promise<ReferralSnapshot> {
  return takeReferralStep(deps, ref, { duringReview: 'waits' }, async (tx, locked) => {
    const event = await withRates(deps, tx, locked);
    const after = await decideAction(tx, event);
    // An action that its referral refuses may still earn the member points.
    if (event.engages && event.referral.stage !== 'invited') await tellActed(tx, ref.programId, ref.eventId);
    return after;
  });
}

async function decideAction(tx: Tx, locked: LockedEvent): Promise<ReferralSnapshot> {
  const possible = await checkStage(tx, locked);
  if (!possible.ok) return await refuseEvent(tx, locked, possible);
  // Where the numbers that it moves may let another action qualify the referral, those before are asked too.
  const event = await withCounts(tx, locked, qualifiesByNumber(locked.policy, locked.type));
  const { ref, referral, policy, type } = event;
  const facts = await rewardFacts(tx, event);
  const qualifies = checkPlace(tx, event, facts);
  if (qualifies?.ok === true) {
    return mayQualify(referral) ? await qualify(tx, event, facts) : await overtake(tx, event, facts);
  }
  noteAsked(event, ref.eventId);
  const place = qualifies === null ? null : await movePlace(tx, event, facts.eventOrdinal);
  if (place !== null) return await writePlace(tx, event, facts, place);
  const decisions = decideRewards(policy, 'event', facts);
  const isAskedLater = placeHasNumber(policy) || qualifiesByCount(policy);
  const counts = countsTowards(policy, facts) || (qualifies !== null && isAskedLater);
  if (decisions.length > 0 || counts) {
    const granted = await grantOwn(tx, event, decisions, { facts });
    return await writeAction(tx, event, granted, { facts, qualifies });
  }
  if (mayQualify(referral) && qualifies !== null) {
    return await refuseEvent(tx, event, qualifies, conversionTrace(event));
  }
  const code = type === policy.qualification.event ? 'already_qualified' : 'not_triggered';
  return await refuseEvent(tx, event, refuse(code, `No rule of this program answers to this ${type}.`));
}

/** Whether the action qualifies the referral; null: another does, which happened before it. */
function checkPlace(tx: Tx, event: LockedEvent, facts: RewardFacts): Result<true> | null {
  const { ref, referral, policy, type, occurred_at_ms } = event;
  const isAsked = mayQualify(referral) || referral.isBeforeQualifying;
  if (type !== policy.qualification.event || !isAsked) return null;
  const alone = { ...facts, ...othersThen(event, ref.eventId) };
  const qualifies = checkQualification(policy, alone, referral.signed_up_at_ms ?? occurred_at_ms);
  if (!qualifies.ok) {
    noteFailures(tx, { ...ref, policyVersion: referral.policyVersion }, 'qualification', [qualifies]);
  }
  return qualifies;
}

/** The action qualifies the referral, which counts for its referrer from now on. */
async function qualify(tx: Tx, event: LockedEvent, before: RewardFacts): Promise<ReferralSnapshot> {
  noteAsked(event, event.ref.eventId, true);
  const countThen = countThenOf(event, event.ref.eventId, true);
  const { lastQualified_at_ms } = await withLastQualified(tx, event);
  const facts = { ...before, qualifiedCount: before.qualifiedCount + 1, countThen, lastQualified_at_ms };
  const decisions = [
    ...decideRewards(event.policy, 'qualified', facts),
    ...decideRewards(event.policy, 'event', facts),
  ];
  const granted = await grantOwn(tx, event, decisions, { facts });
  const after = await writeAction(tx, event, granted, { facts, qualifies: ok(true) });
  await scoreQualification(tx, event);
  return after;
}

/**
 * The action happened before the one that qualified the referral, and came after it: it takes the other's
 * place, so that the order in which they came changes nothing.
 */
async function overtake(tx: Tx, event: LockedEvent, before: RewardFacts): Promise<ReferralSnapshot> {
  noteAsked(event, event.ref.eventId, true);
  const facts = { ...before, countThen: countThenOf(event, event.ref.eventId, true) };
  const { ref, type, occurred_at_ms, value, rates, payload } = event;
  const ordinal = facts.eventOrdinal;
  const own = { id: ref.eventId, type, occurred_at_ms, value, rates, payload, refunded_minor: 0n, ordinal };
  const by = { ...own, decided_at_ms: ref.now_ms };
  return await writePlace(tx, event, facts, { by, ...(await takePlace(tx, event, by)) });
}

async function checkStage(tx: Tx, event: LockedEvent): Promise<Result<true>> {
  const { referral, policy, occurred_at_ms } = event;
  const { stage, signed_up_at_ms } = referral;
  const earns = earnsAt(policy, signed_up_at_ms ?? occurred_at_ms, occurred_at_ms);
  if (earns === false) return refuse('earning_ended', earningEnded(policy));
  if (stage === 'invited') {
    return refuse('stage_forbids', 'Nobody has signed up through this invitation yet.');
  }
  if (await isInTime(tx, event)) return ok(true);
  return isEnd(stage) || isCounted(stage) ? ended(stage) : outsideWindow(policy.qualification);
}

const earningEnded = ({ earning_days }: EarningPolicy): string =>
  `The referral earns by what happens within ${earning_days} days after the signup.`;

const ended = (stage: ReferralStage) =>
  isEnd(stage)
    ? refuse('referral_ended', `The referral has ended: it is ${stage}.`)
    : refuse('referral_ended', 'The referral’s time was over by then.');
