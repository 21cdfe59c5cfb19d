import type { Level } from '../../domain/points/policy.ts';
import { nameId } from '../../platform/ids.ts';

/** Points that a member gets, or loses again. */
export interface PointMove {
  /** Business key of the posting and of its row. */
  readonly key: string;
  readonly memberId: string;
  readonly source: 'rule' | 'achievement' | 'operator' | 'reversal';
  readonly eventId: string | null;
  readonly ruleId: string | null;
  readonly policyVersion: number | null;
  readonly unit: string;
  /** Below zero when taken. */
  readonly amount_minor: bigint;
  readonly occurred_at_ms: number;
  readonly expires_at_ms: number | null;
  readonly trace: unknown;
  /** The posting whose points these are, when they are taken back. */
  readonly takesFrom?: string;
}

/** Whose points move, and by whose levels. */
export interface Mover {
  readonly programId: string;
  /** The unit of the policy in force, whose levels these are; null: it has no points. */
  readonly unit: string | null;
  readonly levels: readonly Level[];
  /** The member whose workflow moves them, and goes on with what they lead to; null: nobody's. */
  readonly actorId: string | null;
  readonly policyVersion: number;
}

export const moveId = (programId: string, key: string) => nameId('points', programId, key);

/** The move by which a refund takes so much of a posting back. */
export function backMove(
  refund: { readonly eventId: string; readonly occurred_at_ms: number },
  posting: Pick<PointMove, 'memberId' | 'ruleId' | 'policyVersion' | 'unit'> & { readonly id: string },
  lost_minor: bigint,
): PointMove {
  return {
    key: `points:back:${refund.eventId}:${posting.id}`,
    memberId: posting.memberId,
    source: 'reversal',
    eventId: refund.eventId,
    ruleId: posting.ruleId,
    policyVersion: posting.policyVersion,
    unit: posting.unit,
    amount_minor: -lost_minor,
    occurred_at_ms: refund.occurred_at_ms,
    expires_at_ms: null,
    trace: { takes_back: posting.id, refund: refund.eventId },
    takesFrom: posting.id,
  };
}
