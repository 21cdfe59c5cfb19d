import type { PointsGranted } from '../../domain/points/points.ts';
import type { PointMove } from '../../engine/points/move.ts';
import type { SourceEvent } from '../../engine/points/source.ts';

/** The action that earns points by a rule. */
type Earner = Pick<SourceEvent, 'eventId' | 'policyVersion' | 'occurred_at_ms'>;

/** The move by which an action earns points by a rule. */
export const ruleMove = (action: Earner, decision: PointsGranted): PointMove => ({
  key: `points:${action.eventId}:${decision.ruleId}:${decision.recipient}`,
  memberId: decision.recipientId,
  source: 'rule',
  eventId: action.eventId,
  ruleId: decision.ruleId,
  policyVersion: action.policyVersion,
  unit: decision.amount.unit,
  amount_minor: decision.amount.minor,
  occurred_at_ms: action.occurred_at_ms,
  expires_at_ms: decision.expires_at_ms,
  trace: decision.trace,
});

/** The same by the number that a late event has given it: a number only grows, so it is in the key. */
export function movedRuleMove(
  action: Earner & { readonly number: number },
  decision: PointsGranted,
  lateId: string,
): PointMove {
  const move = ruleMove(action, decision);
  return { ...move, key: `${move.key}:${action.number}`, trace: { ...decision.trace, late: lateId } };
}
