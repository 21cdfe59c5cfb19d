import { checkGiven, givenFrom } from '../../domain/rewards/given.ts';
import type { OpenEvent } from '../../engine/events/lock.ts';
import { type Outcome, refusedOutcome } from '../../engine/events/outcome.ts';
import { givenKey } from '../../engine/rewards/given.ts';
import { grantToMember } from '../../engine/rewards/grant.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import type { MemberRef } from '../member-step.ts';

/**
 * Grants what an operator gives a member by hand, once for the command. Returns the command's outcome:
 * refused with `budget_exhausted`, or with `unit_mismatch` where the policy in force pays in another unit by
 * now.
 */
export async function giveReward(
  deps: ActivityDeps,
  tx: Tx,
  { programId, memberId, now_ms }: MemberRef,
  { eventId, payload, occurredAt }: OpenEvent & { readonly eventId: string },
): Promise<Outcome> {
  const current = await deps.policies.inForce(tx, programId);
  if (current === null) throw new Error(`program ${programId} has no policy to grant by`);
  const given = givenFrom(payload);
  const possible = checkGiven(given, current.policy.unit);
  if (!possible.ok) return refusedOutcome(possible);
  const granted = await grantToMember(tx, {
    programId,
    memberId,
    key: givenKey(eventId),
    source: 'operator',
    ruleId: 'operator',
    policyVersion: current.version,
    ...given,
    occurred_at_ms: occurredAt.getTime(),
    now_ms,
    trace: { command: eventId, by: payload['actor'] ?? null, note: payload['note'] ?? null },
  });
  return granted.ok ? { decision: 'accepted' } : refusedOutcome(granted);
}
