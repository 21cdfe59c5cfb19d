import type { Policy } from '../../domain/policies/policy.ts';
import { deltaAt, entitlement } from '../../domain/rewards/entitlement.ts';
import type { Referrer, StormProgram } from './storm-program.ts';

/** What must have become of what was sent, computed by the domain's functions alone. */
export interface Expected {
  readonly qualified: number;
  readonly earned_minor: bigint;
  /** The amounts of the rewards, the smallest first. */
  readonly rewards: readonly bigint[];
  /** Redemptions that the balance allows; all of one member ask for the same amount. */
  readonly settled: number;
  readonly redeemed_minor: bigint;
}

/** For one referrer, whose code no other signup of these subjects used. */
export function expectedOf({ policy, sent }: StormProgram, { id, code }: Referrer): Expected {
  const inputs = [...sent.events.values()].map(({ input }) => input);
  const referred = new Set(
    inputs.flatMap((it) => (it.type === 'signup' && 'code' in it && it.code === code ? [it.subject] : [])),
  );
  const buyers = new Set(
    inputs.flatMap((it) => (it.type === 'purchase' && referred.has(it.subject) ? [it.subject] : [])),
  );
  const rewards = rewardsFor(policy, buyers.size);
  const earned_minor = sum(rewards);
  const asked = [...sent.redemptions.values()]
    .filter(({ memberId }) => memberId === id)
    .map(({ minor }) => minor);
  const each = asked[0] ?? 1n;
  const possible = Number(earned_minor / each);
  const settled = Math.min(asked.length, possible);
  return { qualified: buyers.size, earned_minor, rewards, settled, redeemed_minor: BigInt(settled) * each };
}

/** The amounts that n qualified referrals bring by the program's one rule, within the budget. */
function rewardsFor({ rules, budget }: Policy, n: number): bigint[] {
  const benefit = rules[0]?.benefit;
  if (benefit?.kind === 'milestone_rate') {
    const amounts = Array.from(
      { length: n },
      (_, index) => deltaAt(index + 1, benefit.base, benefit.steps).minor,
    );
    const paid = amounts.filter((minor) => minor > 0n).sort(ascending);
    if (sum(paid) !== entitlement(n, benefit.base, benefit.steps).minor) {
      throw new Error('the deltas are not the entitlement');
    }
    return paid;
  }
  if (benefit?.kind !== 'fixed') throw new Error('the model knows fixed amounts and milestone rates');
  const { minor } = benefit.amount;
  const affordable = budget === null ? n : Number(budget.minor / minor);
  return Array.from({ length: Math.min(n, affordable) }, () => minor);
}

export const sum = (amounts: readonly bigint[]): bigint =>
  amounts.reduce((total, minor) => total + minor, 0n);
export const ascending = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
