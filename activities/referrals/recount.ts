import { isOfCountedSignup, qualifiesByCount } from '../../domain/referrals/counts.ts';
import { isCounted, mayQualify, type ReferralStage } from '../../domain/referrals/referral.ts';
import { type Reversal, reverseWhole } from '../../domain/referrals/refund.ts';
import type { RewardFacts } from '../../domain/rewards/facts.ts';
import { decideRewards, reaches } from '../../domain/rewards/rewards.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import { type Action, readStanding } from './actions.ts';
import { type AskedBefore, readAsked } from './asked.ts';
import { withCounts } from './counts.ts';
import { endActionsOn, goesOnEnding } from './end-actions.ts';
import type { LockedEvent } from './event.ts';
import { factsOfSignup } from './facts.ts';
import { changePlace, type NewPlace } from './place.ts';
import { earnRanks, loseRanks, shiftOfCounts } from './ranks.ts';
import { referredOf } from './referred.ts';
import { lockGranted } from './refund-facts.ts';
import { closeEvent } from './refuse.ts';
import { qualifiesNow } from './requalify.ts';
import { reversedMessage, reverseRewards } from './reverse.ts';
import { type GrantedRewards, grantRewards, joinGranted, NOTHING_GRANTED } from './rewards.ts';
import { goOn } from './settle-counts.ts';
import type { ReferralEventRef, ReferralSnapshot } from './snapshot.ts';
import { takeReferralStep } from './step.ts';
import { writeRecount } from './write-recount.ts';

type AskedById = ReadonlyMap<string, AskedBefore>;

/**
 * Asks the rules of a referral again, since the referrer's count has moved at the times of its actions, or
 * since an event had more to turn round than one step does. Where the answers differ from those by the count
 * of before, takes back or grants, and lets another action qualify the referral, or none. A repeat finds
 * nothing that differs. Returns the referral's new snapshot.
 */
export function recountReferral(deps: ActivityDeps, ref: ReferralEventRef): Promise<ReferralSnapshot> {
  return takeReferralStep(deps, ref, { duringReview: 'goes on' }, async (tx, locked) => {
    if (goesOnEnding(locked)) return await endActionsOn(tx, locked);
    const { stage } = locked.referral;
    const asked = await readAsked(tx, ref);
    if (asked.size === 0 || STILL.has(stage)) {
      const outcome = { decision: 'accepted', referralId: ref.referralId, stage } as const;
      return await closeEvent(tx, { ref, subject: null }, outcome);
    }
    return await recount(tx, { ...locked, subject: await referredOf(tx, locked) }, asked);
  });
}

/** The stages in which a referral has nothing that could be asked again. */
const STILL: ReadonlySet<ReferralStage> = new Set(['invited', 'in_review', 'rejected']);

async function recount(tx: Tx, locked: LockedEvent, asked: AskedById): Promise<ReferralSnapshot> {
  const event = await withCounts(tx, locked);
  const actions = await readStanding(tx, event);
  const by = nextByCount(event, actions, asked);
  const place = by === undefined ? null : await changePlace(tx, event, by);
  const placed = place === null ? event : placedBy(event, place);
  const shift = shiftOfCounts(placed, actions, asked, place === null);
  if (shift.left > 0) await goOn(tx, event);
  const lost = [...(place?.reversals ?? []), ...(await loseRanks(tx, placed, shift))];
  const signup = await turnSignup(tx, event, asked);
  const before = place?.granted ?? NOTHING_GRANTED;
  const earned = await earnRanks(tx, placed, shift, [...before.rows, ...signup.granted.rows]);
  const reversals = [...lost, ...signup.reversals];
  const unqualifies = place !== null && place.by === null;
  const isTold = reversals.length > 0 || unqualifies;
  const told = isTold ? [reversedMessage(event, { reversals, unqualifies })] : [];
  const { messages, ...granted } = joinGranted([before, signup.granted, earned]);
  return await writeRecount(tx, event, {
    actions: actions.filter(({ type }) => type === event.policy.qualification.event),
    place,
    reversals,
    left: shift.left,
    granted: { ...granted, messages: [...told, ...messages] },
  });
}

/**
 * The action that qualifies the referral by the present count; null: none does any more; undefined: as
 * before. What is not on record as asked by a count stays.
 */
function nextByCount(event: LockedEvent, actions: readonly Action[], asked: AskedById) {
  const { policy, referral } = event;
  if (!qualifiesByCount(policy)) return undefined;
  const of = actions.filter(({ id, type }) => type === policy.qualification.event && asked.has(id));
  const does = (action: Action) => qualifiesNow(event, action);
  if (mayQualify(referral)) return of.find(does);
  const at = of.findIndex(({ id }) => id === referral.qualifyingEventId);
  const present = of[at];
  if (present === undefined || !isCounted(referral.stage)) return undefined;
  const earlier = of.slice(0, at).find(does);
  return earlier !== undefined || does(present) ? earlier : (of.slice(at + 1).find(does) ?? null);
}

/** The event as if its referral was qualified by this already. */
const placedBy = (event: LockedEvent, { by }: NewPlace): LockedEvent => ({
  ...event,
  referral: {
    ...event.referral,
    stage: by === null ? 'signed_up' : 'qualified',
    qualifyingEventId: by?.id ?? event.referral.qualifyingEventId,
  },
});

interface SignupTurn {
  readonly reversals: readonly Reversal[];
  readonly granted: GrantedRewards;
}

const NO_TURN: SignupTurn = { reversals: [], granted: NOTHING_GRANTED };

/** Turns round what the count changes about the answers to the signup. */
async function turnSignup(tx: Tx, event: LockedEvent, asked: AskedById): Promise<SignupTurn> {
  const { ref, referral, policy } = event;
  const others = asked.get(ref.referralId)?.others ?? null;
  const rules = policy.rules.filter(isOfCountedSignup);
  if (others === null || rules.length === 0) return NO_TURN;
  const facts = await factsOfSignup(tx, event);
  const reached = (seen: RewardFacts) => rules.filter((rule) => reaches(rule, 'signed_up', seen));
  const now = reached(facts);
  const then = reached({ ...facts, countThen: others });
  const gone = new Set(then.filter((rule) => !now.includes(rule)).map(({ id }) => id));
  const come = new Set(now.filter((rule) => !then.includes(rule)).map(({ id }) => id));
  if (gone.size + come.size === 0) return NO_TURN;
  const { rewards } = await lockGranted(tx, event, null);
  const reversals = reverseWhole(rewards.filter(({ rule }) => gone.has(rule.id)));
  await reverseRewards(tx, event, { rewards, milestoneRewards: [] }, { reversals });
  for (const { rule, status } of rewards) if (status !== 'reversed') come.delete(rule.id);
  const { occurred_at_ms } = facts;
  const { policyVersion } = referral;
  const grantor = { ref, policy, policyVersion, occurred_at_ms, anewBy: event.cause };
  const wanted = { ...policy, rules: rules.filter(({ id }) => come.has(id)) };
  return {
    reversals,
    granted: await grantRewards(tx, grantor, decideRewards(wanted, 'signed_up', facts)),
  };
}
