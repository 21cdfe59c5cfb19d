import { decideRewards, type RewardMoment } from '../../domain/rewards/rewards.ts';
import type { Rule } from '../../domain/rewards/rule.ts';
import type { RewardOutcome } from '../../engine/events/outcome.ts';
import type { Tx } from '../../prisma/client.ts';
import { type Action, isGone, readStanding } from './actions.ts';
import type { LockedEvent } from './event.ts';
import { rewardFacts } from './facts.ts';
import { grantLate } from './late-rewards.ts';
import { type GrantedRewards, grantRewards } from './rewards.ts';
import { writeChange } from './write.ts';

/**
 * Grants a referral's new referrer what the rules give for its signup and for each action that stands, in the
 * order of time and each at once, so that caps see what came before. Returns each rule's answer.
 */
export async function grantToNext(
  tx: Tx,
  event: LockedEvent,
  qualifying: Action | null,
): Promise<readonly RewardOutcome[]> {
  const rules = event.policy.rules.filter(({ recipient }) => recipient === 'referrer');
  const outcomes = [...(await keep(tx, event, await grantSignup(tx, event, rules)))];
  for (const action of await earningActions(tx, event, rules, qualifying)) {
    const moments: RewardMoment[] = action.id === qualifying?.id ? ['qualified', 'event'] : ['event'];
    for (const moment of moments) {
      const late = { rules, moment, movedBy: event.ref.eventId };
      outcomes.push(...(await keep(tx, event, await grantLate(tx, event, action, late))));
    }
  }
  return outcomes;
}

/** What a referral can earn by: the action that qualifies it, and those whose number a rule pays for. */
async function earningActions(
  tx: Tx,
  event: LockedEvent,
  rules: readonly Rule[],
  qualifying: Action | null,
): Promise<readonly Action[]> {
  const types = new Set(rules.flatMap(({ trigger }) => (trigger.on === 'nth_event' ? [trigger.event] : [])));
  const standing = await readStanding(tx, event);
  return standing.filter(
    (action) => !isGone(action) && (action.id === qualifying?.id || types.has(action.type)),
  );
}

async function grantSignup(tx: Tx, event: LockedEvent, rules: readonly Rule[]): Promise<GrantedRewards> {
  const { ref, referral, policy } = event;
  const occurred_at_ms = referral.signed_up_at_ms ?? event.occurred_at_ms;
  const facts = {
    ...(await rewardFacts(tx, { ...event, occurred_at_ms })),
    eventType: 'signup',
    eventValue: null,
  };
  const { policyVersion } = referral;
  const grantor = { ref, policy, policyVersion, occurred_at_ms, movedBy: ref.eventId };
  return await grantRewards(tx, grantor, decideRewards({ ...policy, rules }, 'signed_up', facts));
}

/** Writes what was granted. */
async function keep(
  tx: Tx,
  { ref }: LockedEvent,
  granted: GrantedRewards,
): Promise<readonly RewardOutcome[]> {
  const { programId, referralId } = ref;
  const { rows: rewards, messages: outbox, outcomes } = granted;
  if (rewards.length > 0) {
    await writeChange(tx, { programId, referralId, stage: null, rewards, outbox, decided: null });
  }
  return outcomes;
}
