import { stepFor } from '../../domain/referrals/referral.ts';
import { isTimedByNth } from '../../domain/rewards/rule.ts';
import { MINUTE_MS } from '../../domain/time.ts';
import { type Call, callWorkflows } from '../../engine/events/commands.ts';
import { referralWorkflow } from '../../engine/events/workflow-ids.ts';
import { COUNTED_STAGES } from '../../engine/referrals/qualified.ts';
import { type Moved, type MovedReward, moveNth, NTH_PAGE } from '../../engine/rewards/nth.ts';
import { moveLots } from '../../engine/rewards/nth-lots.ts';
import type { Tx } from '../../prisma/client.ts';
import type { LockedEvent } from './event.ts';
import { closeEvent } from './refuse.ts';
import type { ReferralSnapshot } from './snapshot.ts';

/**
 * The same event, with the time at which the last of the referrer's other referrals qualified, where a reward
 * for the count goes by it. Only for a step by which the referral begins to count.
 */
export async function withLastQualified(tx: Tx, event: LockedEvent): Promise<LockedEvent> {
  const { ref, referral, policy } = event;
  if (!policy.rules.some(isTimedByNth)) return event;
  const [row] = await tx.$queryRaw<{ at: Date | null }[]>`
    SELECT max(o.qualified_at) AS at FROM referrals o
    WHERE o.program_id = ${ref.programId}::uuid AND o.referrer_id = ${referral.referrerId}::uuid
      AND o.id <> ${ref.referralId}::uuid AND o.stage IN ${COUNTED_STAGES}`;
  return { ...event, lastQualified_at_ms: row?.at?.getTime() ?? null };
}

/**
 * Whether an event may make another referral the nth of a reward: not an action after all that are. Where it
 * does not, nothing is read.
 */
export function mayMoveNth({ type, occurred_at_ms, referral: { timed_until_ms } }: LockedEvent): boolean {
  if (timed_until_ms === null) return false;
  return stepFor(type) !== 'act' || occurred_at_ms <= timed_until_ms;
}

/**
 * Gives rewards for the count other times, once what qualifies a referral has come, gone or moved: by the
 * referrer, the earliest time from which others may be the nth. What is more than a page is left to commands.
 */
export async function settleNth(
  tx: Tx,
  { ref, cause, referral }: LockedEvent,
  from: ReadonlyMap<string, number>,
): Promise<void> {
  const { programId } = ref;
  for (const [referrerId, from_ms] of from) {
    const { timed_until_ms } = referral;
    if (referrerId === referral.referrerId && (timed_until_ms === null || timed_until_ms < from_ms)) continue;
    await movePage(tx, { ref, cause }, { programId, referrerId, from_ms });
  }
}

/** Moves a page, and calls for what follows from it. */
async function movePage(tx: Tx, by: Cause, from: Moved): Promise<readonly MovedReward[]> {
  const moved = await moveNth(tx, from);
  const { programId, now_ms } = by.ref;
  await moveLots(tx, { programId, memberId: from.referrerId, now_ms, by: by.cause }, moved);
  await callWorkflows(tx, [...callsOf(by, moved), ...nextOf(by, from, moved)]);
  return moved;
}

/** Goes on with what a step left, by a command of the referral's workflow: one page more. */
export async function moveNthOn(
  tx: Tx,
  { ref, cause, payload, referral }: LockedEvent,
): Promise<ReferralSnapshot> {
  const { programId, referralId } = ref;
  const referrerId = String(payload['referrerId']);
  const from_ms = Date.parse(String(payload['nthFrom']));
  await tx.$executeRaw`
    SELECT FROM members WHERE program_id = ${programId}::uuid AND id = ${referrerId}::uuid FOR NO KEY UPDATE`;
  const moved = await movePage(tx, { ref, cause }, { programId, referrerId, from_ms });
  const trace = { rewards_moved: moved.length };
  const outcome = { decision: 'accepted', referralId, stage: referral.stage, trace } as const;
  return await closeEvent(tx, { ref, subject: null }, outcome);
}

/** Whether a command asks for this. */
export const goesOnWithNth = ({ payload }: LockedEvent): boolean => typeof payload['nthFrom'] === 'string';

type Cause = Pick<LockedEvent, 'ref' | 'cause'>;

/**
 * Calls the workflows whose rewards mature earlier now, or they would sleep on. One that wakes too early
 * finds nothing due and the new time; one that is late by less than a minute is not called.
 */
function callsOf({ ref: { programId, now_ms }, cause }: Cause, moved: readonly MovedReward[]): Call[] {
  const earlier = moved.filter(({ status, by_ms }) => status === 'held' && by_ms < -MINUTE_MS);
  const ids = new Set(earlier.map(({ referralId }) => referralId));
  return [...ids].map((id) => ({
    programId,
    workflowId: referralWorkflow(id),
    type: 'referral.overdue',
    key: `referral.overdue:${id}:${cause}`,
    at: new Date(now_ms),
  }));
}

function nextOf(
  { ref: { programId, referralId, now_ms }, cause }: Cause,
  { referrerId, from_ms }: { readonly referrerId: string; readonly from_ms: number },
  moved: readonly MovedReward[],
): Call[] {
  if (moved.length < NTH_PAGE) return [];
  return [
    {
      programId,
      workflowId: referralWorkflow(referralId),
      type: 'referral.recounts.due',
      key: `referral.recounts.due:${referrerId}:nth:${cause}`,
      payload: { referrerId, nthFrom: new Date(from_ms).toISOString() },
      at: new Date(now_ms),
    },
  ];
}
