import { type Reversal, reverseWhole } from '../../domain/referrals/refund.ts';
import type { Rule, Trigger } from '../../domain/rewards/rule.ts';
import type { OutboxMessage } from '../../engine/events/outbox.ts';
import type { Tx } from '../../prisma/client.ts';
import { type Action, isGone, readOfType } from './actions.ts';
import type { LockedEvent } from './event.ts';
import { grantLate } from './late-rewards.ts';
import { refundFacts } from './refund-facts.ts';
import { reverseRewards } from './reverse.ts';
import type { NewReward } from './reward-row.ts';

/** What changes for actions that happened after one that comes late. The caller writes and tells it. */
export interface RankShift {
  readonly rows: readonly NewReward[];
  readonly messages: readonly OutboxMessage[];
  readonly reversals: readonly Reversal[];
}

type NumberedRule = Rule & { readonly trigger: Extract<Trigger, { on: 'nth_event' }> };

/**
 * Numbers go by the actions' own times, so one that comes late moves those after it up by one. An action
 * that a rule on the nth event does not reach any more loses what it brought, and one that it reaches now
 * earns it. `ordinal` is the new action's number.
 */
export async function shiftRanks(tx: Tx, event: LockedEvent, ordinal: number): Promise<RankShift> {
  const rules = event.policy.rules.filter((rule) => isNumbered(rule, event.type));
  if (rules.length === 0) return { rows: [], messages: [], reversals: [] };
  const moved = (await readOfType(tx, event))
    .filter((action) => action.ordinal >= ordinal)
    .map((action) => ({ ...action, ordinal: action.ordinal + 1 }));
  const rows: NewReward[] = [];
  const messages: OutboxMessage[] = [];
  const reversals: Reversal[] = [];
  for (const rule of rules) {
    const { from, to } = rule.trigger;
    const loser = moved.find((action) => to !== null && action.ordinal === to + 1);
    if (loser !== undefined) reversals.push(...(await lose(tx, event, loser, rule)));
    const gainer = moved.find((action) => action.ordinal === from);
    if (gainer === undefined || isGone(gainer)) continue;
    const granted = await grantLate(tx, event, gainer, { rules: [rule], moment: 'event' });
    rows.push(...granted.rows);
    messages.push(...granted.messages);
  }
  return { rows, messages, reversals };
}

/** Whether a rule pays for some of the actions of this type, by their numbers. */
export const isNumbered = (rule: Rule, type: string): rule is NumberedRule => {
  const { trigger } = rule;
  return trigger.on === 'nth_event' && trigger.event === type && (trigger.from > 1 || trigger.to !== null);
};

async function lose(tx: Tx, event: LockedEvent, action: Action, { id }: Rule): Promise<Reversal[]> {
  const facts = await refundFacts(tx, event, action, false);
  const rewards = facts.rewards.filter(({ rule }) => rule.id === id);
  const reversals = reverseWhole(rewards);
  await reverseRewards(tx, event, { rewards, milestoneRewards: [] }, { reversals });
  return reversals;
}
