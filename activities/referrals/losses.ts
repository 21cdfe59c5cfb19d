import { isTiedToQualifying, type RefundReward } from '../../domain/referrals/refund.ts';
import type { Rule } from '../../domain/rewards/rule.ts';
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
}

/** As `refund.ts` writes it. */
interface RefundTrace {
  readonly reversed?: readonly { readonly rewardId: string | null }[];
  readonly fell?: boolean;
}

/** Reads what refunds and operators took of what an action had brought. */
export async function readLosses(
  tx: Tx,
  { ref }: LockedEvent,
  action: Action,
  rewards: readonly RefundReward[],
): Promise<Losses> {
  const { programId, referralId } = ref;
  const traces = await tx.$queryRaw<{ trace: RefundTrace | null }[]>`
    SELECT f.outcome->'trace' AS trace
    FROM events e JOIN events f ON f.program_id = e.program_id AND f.refund_of = e.key
    WHERE e.program_id = ${programId}::uuid AND e.id = ${action.id}::uuid
      AND ${isAccepted(Prisma.sql`f`)}`;
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
  };
}

const isGone = ({ status }: RefundReward): boolean => status === 'reversed';

/** Whether refunds left nothing of what a rule had granted for the action. */
export function isLost({ id }: Rule, rewards: readonly RefundReward[], { taken }: Losses): boolean {
  const own = rewards.filter(({ rule }) => rule.id === id);
  return own.every(isGone) && own.some(({ rewardId }) => taken.has(rewardId));
}
