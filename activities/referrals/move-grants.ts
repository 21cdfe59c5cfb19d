import { earningTypes } from '../../domain/referrals/move.ts';
import { decideRewards, type RewardMoment } from '../../domain/rewards/rewards.ts';
import type { Rule } from '../../domain/rewards/rule.ts';
import type { Tx } from '../../prisma/client.ts';
import { type Action, isGone, readStanding } from './actions.ts';
import type { LockedEvent } from './event.ts';
import { factsOfSignup, noteAsked } from './facts.ts';
import { grantLate } from './late-rewards.ts';
import { type GrantedRewards, grantRewards, joinGranted } from './rewards.ts';

/**
 * Grants a referral's new referrer what the rules give for its signup and for each action that stands, in the
 * order of time and each at once, so that caps see what came before. Returns rows and messages, which the
 * caller writes, and each rule's answer.
 */
export async function grantToNext(
  tx: Tx,
  event: LockedEvent,
  qualifying: Action | null,
): Promise<GrantedRewards> {
  const rules = event.policy.rules.filter(({ recipient }) => recipient === 'referrer');
  const all = [await grantSignup(tx, event, rules)];
  await noteActions(tx, event);
  for (const action of await earningActions(tx, event, rules, qualifying)) {
    const moments: RewardMoment[] = action.id === qualifying?.id ? ['qualified', 'event'] : ['event'];
    for (const moment of moments) {
      const before = all.flatMap(({ rows }) => rows);
      all.push(await grantLate(tx, event, action, { rules, moment, movedBy: event.ref.eventId, before }));
    }
  }
  return joinGranted(all);
}

/** What a referral can earn by: the action that qualifies it, and those whose number a rule pays for. */
async function earningActions(
  tx: Tx,
  event: LockedEvent,
  rules: readonly Rule[],
  qualifying: Action | null,
): Promise<readonly Action[]> {
  const types = earningTypes(rules);
  const standing = await readStanding(tx, event);
  return standing.filter(
    (action) => !isGone(action) && (action.id === qualifying?.id || types.has(action.type)),
  );
}

/** Notes by which of the new referrer's counts actions are asked about. */
async function noteActions(tx: Tx, event: LockedEvent): Promise<void> {
  if (event.counts === null) return;
  for (const { id, type, occurred_at_ms } of await readStanding(tx, event)) {
    noteAsked({ ...event, type, occurred_at_ms }, id);
  }
}

async function grantSignup(tx: Tx, event: LockedEvent, rules: readonly Rule[]): Promise<GrantedRewards> {
  const { ref, referral, policy } = event;
  const { policyVersion } = referral;
  const facts = await factsOfSignup(tx, event);
  const { occurred_at_ms } = facts;
  const grantor = { ref, policy, policyVersion, occurred_at_ms, movedBy: ref.eventId };
  return await grantRewards(tx, grantor, decideRewards({ ...policy, rules }, 'signed_up', facts));
}
