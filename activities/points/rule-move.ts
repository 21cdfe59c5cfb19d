import type { PointsGranted } from '../../domain/points/points.ts';
import type { MovedHow, PointMove } from '../../engine/points/move.ts';
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

/** The same by what a late event or a command has it see now: the mark is of one such time. */
export function movedRuleMove(
  action: Earner & { readonly mark: string },
  decision: PointsGranted,
  { how, eventId }: { readonly how: MovedHow; readonly eventId: string },
): PointMove {
  const move = ruleMove(action, decision);
  return { ...move, key: `${move.key}:${action.mark}`, trace: { ...decision.trace, [how]: eventId } };
}
