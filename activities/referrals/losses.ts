import { isTiedToQualifying, type RefundReward } from '../../domain/referrals/refund.ts';
import type { Rule } from '../../domain/rewards/rule.ts';
import { whoStays } from '../../engine/members/find.ts';
import { isAccepted } from '../../engine/referrals/refunds.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { Action } from './actions.ts';
import type { LockedEvent } from './event.ts';

/** What an action has lost, and to whom. */
export interface Losses {
  /** The rewards of which its refunds took something. */
  readonly taken: ReadonlySet<string>;
  /** The rules of whose rewards an operator took one. */
  readonly byHand: ReadonlySet<string>;
  /** Whether a refund cost it its place: it had qualified the referral. */
  readonly fell: boolean;
  /** The last that did came under an earlier referrer: nobody asked what the place brings the present one. */
  readonly fellBefore: boolean;
  /** The last refund of all came under an earlier referrer. */
  readonly wentBefore: boolean;
}

/** As `refund.ts` writes it. */
interface RefundTrace {
  readonly reversed?: readonly { readonly rewardId: string | null }[];
  readonly fell?: boolean;
  /** Left out by refunds from before they said so. */
  readonly referrer_id?: string;
}

/** Reads what refunds and operators took of what an action had brought. */
export async function readLosses(
  tx: Tx,
  event: LockedEvent,
  action: Action,
  rewards: readonly RefundReward[],
): Promise<Losses> {
  const { programId, referralId } = event.ref;
  const traces = await tx.$queryRaw<{ trace: RefundTrace | null }[]>`
    SELECT f.outcome->'trace' AS trace
    FROM events e JOIN events f ON f.program_id = e.program_id AND f.refund_of = e.key
    WHERE e.program_id = ${programId}::uuid AND e.id = ${action.id}::uuid
      AND ${isAccepted(Prisma.sql`f`)}
    ORDER BY f.decided_at`;
  const byHand = await tx.reward.findMany({
    where: { programId, referralId, eventId: action.id, takenBackBy: { not: null } },
    select: { id: true, ruleId: true },
  });
  const ids = traces.flatMap(({ trace }) => trace?.reversed ?? []).flatMap(({ rewardId }) => rewardId ?? []);
  const taken = new Set(ids.filter((id) => !byHand.some((reward) => reward.id === id)));
  return {
    taken,
    byHand: new Set(byHand.map(({ ruleId }) => ruleId)),
    // Refunds from before they said so took what is tied to qualifying.
    fell:
      traces.some(({ trace }) => trace?.fell === true) ||
      rewards.some(
        (reward) => isTiedToQualifying(reward.rule) && isGone(reward) && taken.has(reward.rewardId),
      ),
    fellBefore: await isOfEarlier(
      tx,
      event,
      traces.findLast(({ trace }) => trace?.fell === true)?.trace,
      rewards,
    ),
    wentBefore: await isOfEarlier(tx, event, traces.at(-1)?.trace, rewards),
  };
}

/**
 * Whether a refund came while the referral was another member's than the present referrer. Where it does not
 * say whose, the rewards that it took from tell.
 */
async function isOfEarlier(
  tx: Tx,
  { ref, referral }: LockedEvent,
  trace: RefundTrace | null | undefined,
  rewards: readonly RefundReward[],
): Promise<boolean> {
  const id = trace?.referrer_id;
  if (id === referral.referrerId) return false;
  if (id !== undefined) return (await whoStays(tx, ref.programId, id)) !== referral.referrerId;
  const takenIds = new Set((trace?.reversed ?? []).map(({ rewardId }) => rewardId));
  return rewards.some(
    ({ rewardId, rule, recipientId }) =>
      takenIds.has(rewardId) && rule.recipient === 'referrer' && recipientId !== referral.referrerId,
  );
}

const isGone = ({ status }: RefundReward): boolean => status === 'reversed';

/**
 * Whether refunds left nothing of what a rule had granted for the action: to the present referrer, where it
 * pays referrers.
 */
export function isLost(
  { id }: Rule,
  rewards: readonly RefundReward[],
  { taken }: Losses,
  referrerId: string,
): boolean {
  const all = rewards.filter(({ rule }) => rule.id === id);
  const own = all.filter(
    ({ rule, recipientId }) => rule.recipient !== 'referrer' || recipientId === referrerId,
  );
  return own.length > 0 && own.every(isGone) && all.some(({ rewardId }) => taken.has(rewardId));
}
