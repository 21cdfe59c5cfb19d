import { toJson } from '../../domain/money.ts';
import type { GrantedAgain } from '../../domain/referrals/again.ts';
import { addDays } from '../../domain/time.ts';
import type { OutboxMessage } from '../../engine/events/outbox.ts';
import type { RewardOutcome } from '../../engine/events/outcome.ts';
import { tellExhausted } from '../../engine/programs/budget-alert.ts';
import { judgeRefused, type RefusedNow } from '../../engine/referrals/again.ts';
import { grantKey, noBudget, postAffordable } from '../../engine/rewards/budget.ts';
import { nameId } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import type { LockedEvent } from './event.ts';
import { takeShares } from './late-rewards.ts';
import { refuseEvent } from './refuse.ts';
import { restoredMessage, restoredOf, restoreRewards } from './restore.ts';
import { reversedMessage, reversedOf } from './reverse.ts';
import { type GrantedReward, grantedMessage, type NewReward } from './reward-row.ts';
import { postingOf } from './rewards.ts';
import type { ReferralEventRef, ReferralSnapshot } from './snapshot.ts';
import { takeReferralStep } from './step.ts';
import { writeChange } from './write.ts';

/**
 * Grants by an operator's word what a budget had refused, as far as it is still earned and the budget has
 * room by now: on hold and counted for caps as of its action's own time, less what refunds have taken of it.
 * Where a part of a reward had no room, that part comes back to it. Refuses as `judgeAgain` does, and with
 * `budget_exhausted`. Returns the referral's new snapshot.
 */
export function grantReferralRewardAgain(
  deps: ActivityDeps,
  ref: ReferralEventRef,
): Promise<ReferralSnapshot> {
  return takeReferralStep(deps, ref, { duringReview: 'goes on' }, async (tx, event) => {
    const { programId, referralId } = ref;
    const id = String(event.payload['refusedId']);
    const refused = await tx.refusedReward.findFirstOrThrow({ where: { programId, referralId, id } });
    const [now] = await judgeRefused(tx, deps.policies, programId, [refused]);
    if (now === undefined) throw new Error(`refused reward ${id} is not judged`);
    if (!now.judgement.ok) return await refuseEvent(tx, event, now.judgement);
    const again =
      now.partOf === null
        ? await grantWhole(tx, event, now, now.judgement.value)
        : await restorePart(tx, event, now, now.judgement.value);
    if (again !== null) return await writeAgain(tx, event, now, again);
    await tellExhausted(tx, programId, refused.unit, ref.now_ms);
    return await refuseEvent(tx, event, noBudget);
  });
}

/** What comes of the word, which the caller writes. */
interface Again {
  readonly rows: readonly NewReward[];
  readonly rewards: readonly RewardOutcome[];
  readonly messages: readonly OutboxMessage[];
  /** What came back to a reward, and what refunds took of a new one, as the outcome's trace says it. */
  readonly trace: {
    readonly restored?: ReturnType<typeof restoredOf>;
    readonly reversed?: ReturnType<typeof reversedOf>;
  };
}

/** Posts the reward and takes back what refunds have taken of it. Null: the budget has no room. */
async function grantWhole(
  tx: Tx,
  event: LockedEvent,
  now: RefusedNow,
  { amount_minor, refunded_minor }: GrantedAgain,
): Promise<Again | null> {
  const { ref } = event;
  const row = rowOf(event, now, amount_minor);
  const posted = await postAffordable(tx, ref.programId, postingOf(row));
  if (!posted.has(grantKey(row.id))) return null;
  const amount = toJson({ minor: amount_minor, unit: now.refused.unit });
  const { id: ruleId, recipient } = now.rule;
  const lost = refunded_minor === 0n ? null : sharesOf(row, refunded_minor);
  return {
    rows: await takeShares(tx, event, [row], () => refunded_minor),
    rewards: [{ ruleId, recipient, granted: true, rewardId: row.id, amount }],
    messages: [grantedMessage(ref, row), ...(lost === null ? [] : [reversedMessage(event, lost)])],
    trace: lost === null ? {} : { reversed: reversedOf(event, lost) },
  };
}

/** The share of a new reward that refunds have taken. */
const sharesOf = (
  { id: rewardId, ruleId, memberId: recipientId, status }: NewReward,
  amount_minor: bigint,
) => ({
  reversals: [
    { rewardId, ruleId, recipientId, amount_minor, held_minor: status === 'held' ? amount_minor : 0n },
  ],
  unqualifies: false,
});

function rowOf(event: LockedEvent, { refused, rule }: RefusedNow, amount_minor: bigint): GrantedReward {
  const { ref } = event;
  const { key, memberId, eventId, ruleId, policyVersion, unit, occurredAt } = refused;
  const matures_at_ms = addDays(occurredAt.getTime(), rule.hold_days);
  // The member has all the days to spend it in, though its hold is long over.
  const spendable_at_ms = Math.max(matures_at_ms, ref.now_ms);
  const { expires_days } = rule;
  return {
    id: nameId(ref.programId, key),
    key,
    memberId,
    eventId,
    ruleId,
    policyVersion,
    kind: 'credit',
    label: null,
    unit,
    amountMinor: amount_minor,
    reversedMinor: 0n,
    status: matures_at_ms <= ref.now_ms ? 'available' : 'held',
    // What is granted by hand keeps the times of then.
    nth: null,
    grantedAt: occurredAt.toISOString(),
    maturesAt: new Date(matures_at_ms).toISOString(),
    expiresAt: expires_days === null ? null : new Date(addDays(spendable_at_ms, expires_days)).toISOString(),
    trace: traceOf(event, refused, amount_minor),
  };
}

/** Why it was earned, and by whose word it is granted after all. */
function traceOf({ ref, payload }: LockedEvent, refused: RefusedNow['refused'], amount_minor: bigint) {
  const trace = refused.trace as { readonly steps?: readonly unknown[] };
  const again = { step: 'still_earned', passed: true, result: amount_minor.toString() };
  return {
    ...trace,
    steps: [...(trace.steps ?? []), again],
    note: payload['note'] ?? null,
    granted_again: {
      command: ref.eventId,
      by: payload['actor'] ?? null,
      at: new Date(ref.now_ms).toISOString(),
    },
  };
}

/** Gives a reward the part that had no room. Null: the budget has none for it now. */
async function restorePart(
  tx: Tx,
  event: LockedEvent,
  { refused, rule, rewardId, partOf }: RefusedNow,
  { amount_minor }: GrantedAgain,
): Promise<Again | null> {
  if (rewardId === null || partOf === null) throw new Error(`refused reward ${refused.id} is no part of one`);
  const reward = { ...partOf, rewardId, rule, recipientId: refused.memberId };
  const restored = await restoreRewards(tx, event, [{ reward, amount_minor }]);
  return restored.length === 0
    ? null
    : {
        rows: [],
        rewards: [],
        messages: [restoredMessage(event, restored)],
        trace: { restored: restoredOf(event, restored) },
      };
}

async function writeAgain(
  tx: Tx,
  { ref, referral: { stage } }: LockedEvent,
  { refused }: RefusedNow,
  { rows, rewards, messages, trace }: Again,
): Promise<ReferralSnapshot> {
  const { programId, referralId, eventId } = ref;
  return await writeChange(tx, {
    programId,
    referralId,
    stage: null,
    rewards: rows,
    outbox: messages,
    decided: {
      eventId,
      subject: null,
      outcome: {
        decision: 'accepted',
        referralId,
        stage,
        rewards,
        trace: { refused: refused.id, earned_by: refused.eventId, ...trace },
      },
    },
  });
}
