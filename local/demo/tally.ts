import { builtinPolicy } from '../../domain/policies/builtin.ts';
import { rateAt } from '../../domain/rewards/entitlement.ts';
import type { RateStep } from '../../domain/rewards/rule.ts';
import { UNIT } from './policy.ts';
import type { EventView, ProgramState, RewardView } from './state.ts';

export interface TopReferrer {
  readonly name: string;
  readonly friends: number;
  readonly milestone: number | null;
  readonly rate_bp: number;
  readonly earned_minor: bigint;
}

/** What the summary shows; amounts in minor units of the demo's currency. */
export interface Tally {
  readonly events: number;
  /** Neither decided nor on their way: an operator has to look. */
  readonly stranded: number;
  readonly funnel: {
    readonly signups: number;
    readonly attributed: number;
    readonly qualified: number;
    readonly rewarded: number;
  };
  /** In the members' inboxes. */
  readonly notices: number;
  readonly refusals: readonly { readonly code: string; readonly count: number }[];
  readonly top: readonly TopReferrer[];
  readonly money: {
    readonly granted_minor: bigint;
    readonly granted: number;
    readonly held_minor: bigint;
    readonly held: number;
    readonly reversed_minor: bigint;
    readonly reversed: number;
    readonly redeemed_minor: bigint;
    readonly redeemed: number;
    readonly available_minor: bigint;
    readonly owed_minor: bigint;
  };
}

const TOP = 10;

const amountOf = ({ amount }: RewardView): bigint => BigInt(amount?.minor ?? '0');
const reversedOf = ({ reversed }: RewardView): bigint => BigInt(reversed?.minor ?? '0');
const leftOf = (reward: RewardView): bigint => amountOf(reward) - reversedOf(reward);
const sum = <T>(items: readonly T[], minor: (item: T) => bigint): bigint =>
  items.reduce((total, item) => total + minor(item), 0n);

function milestoneSteps(): readonly RateStep[] {
  return builtinPolicy(UNIT).rules.flatMap(({ benefit }) =>
    benefit.kind === 'milestone_rate' ? benefit.steps : [],
  );
}

/** Counts a program. Nothing here depends on when or how often it was read. */
export function tallyOf(state: ProgramState): Tally {
  const { events, referrals, members } = state;
  const isPaid = new Set(state.rewards.filter((it) => leftOf(it) > 0n).map(({ referralId }) => referralId));
  return {
    events: events.length,
    stranded: events.filter((it) => it.state === 'parked' || it.state === 'unmatched').length,
    funnel: {
      signups: events.filter(({ type }) => type === 'signup').length,
      attributed: referrals.filter(({ signedUpAt }) => signedUpAt !== null).length,
      qualified: referrals.filter(({ qualifiedAt }) => qualifiedAt !== null).length,
      rewarded: referrals.filter(({ id }) => isPaid.has(id)).length,
    },
    notices: events.filter(({ outcome }) => noticeOf(outcome?.trace) !== null).length,
    refusals: refusalsOf(events),
    top: topOf(members, state.rewards),
    money: moneyOf(state),
  };
}

/** The notice that a message about a member became, as its outcome names it; null: none. */
function noticeOf(trace: unknown): string | null {
  return (trace as { readonly notice?: string | null } | undefined)?.notice ?? null;
}

function refusalsOf(events: readonly EventView[]): Tally['refusals'] {
  const counts = new Map<string, number>();
  for (const { outcome } of events) {
    if (outcome?.decision !== 'refused') continue;
    const code = outcome.code ?? 'no code';
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return [...counts]
    .map(([code, count]) => ({ code, count }))
    .sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
}

function topOf(members: ProgramState['members'], rewards: readonly RewardView[]): TopReferrer[] {
  const earned = new Map<string, bigint>();
  for (const reward of rewards) {
    // The welcome credit is for being a friend, not for having some.
    if (reward.ruleId === 'welcome') continue;
    earned.set(reward.memberId, (earned.get(reward.memberId) ?? 0n) + leftOf(reward));
  }
  const steps = milestoneSteps();
  return members
    .filter(({ qualifiedReferrals }) => qualifiedReferrals > 0)
    .sort((a, b) => b.qualifiedReferrals - a.qualifiedReferrals || (a.externalId < b.externalId ? -1 : 1))
    .slice(0, TOP)
    .map(({ id, externalId, qualifiedReferrals: friends }) => ({
      name: externalId,
      friends,
      milestone: steps.filter(({ count }) => count <= friends).at(-1)?.count ?? null,
      rate_bp: rateAt(friends, steps),
      earned_minor: earned.get(id) ?? 0n,
    }));
}

function moneyOf({ rewards, redemptions, owed_minor }: ProgramState): Tally['money'] {
  const held = rewards.filter(({ status }) => status === 'held');
  const reversed = rewards.filter((it) => reversedOf(it) > 0n);
  const settled = redemptions.filter(({ status, amount }) => status === 'settled' && amount.unit === UNIT);
  const granted_minor = sum(rewards, amountOf);
  const held_minor = sum(held, leftOf);
  const reversed_minor = sum(reversed, reversedOf);
  const redeemed_minor = sum(settled, ({ amount }) => BigInt(amount.minor));
  return {
    granted_minor,
    granted: rewards.filter((it) => amountOf(it) > 0n).length,
    held_minor,
    held: held.length,
    reversed_minor,
    reversed: reversed.length,
    redeemed_minor,
    redeemed: settled.length,
    // Granted money is held, reversed, redeemed or available. The owed part was reversed after its
    // redemption, so it counts in both and is added back.
    available_minor: granted_minor - reversed_minor - held_minor - redeemed_minor + owed_minor,
    owed_minor,
  };
}
