import type { Level } from '../../domain/points/policy.ts';
import { nameId } from '../../platform/ids.ts';
import type { SourceEvent } from './source.ts';

/** What moves points; a reversal is what a refund takes back, or gives back as it is taken back itself. */
export const POINT_SOURCES = ['rule', 'achievement', 'operator', 'reversal'] as const;
export type PointSource = (typeof POINT_SOURCES)[number];

/** Points that a member gets, or loses again. */
export interface PointMove {
  /** Business key of the posting and of its row. */
  readonly key: string;
  readonly memberId: string;
  readonly source: PointSource;
  readonly eventId: string | null;
  readonly ruleId: string | null;
  readonly policyVersion: number | null;
  readonly unit: string;
  /** Below zero for points that are taken. */
  readonly amount_minor: bigint;
  readonly occurred_at_ms: number;
  readonly expires_at_ms: number | null;
  readonly trace: unknown;
  /** The posting that a reversal takes its points from, or gives them back to. */
  readonly takesFrom?: string;
}

/** Whose points move, and by whose levels. */
export interface Mover {
  readonly programId: string;
  /** The points unit of the policy in force; null: it has no points. Levels count this unit alone. */
  readonly unit: string | null;
  readonly levels: readonly Level[];
  /** The member whose workflow moves the points and goes on with what follows; null: no member's. */
  readonly actorId: string | null;
  readonly policyVersion: number;
}

/** The mover of an event's points. */
export const moverOf = ({
  programId,
  points,
  actor,
  policyVersion,
}: Pick<SourceEvent, 'programId' | 'points' | 'actor' | 'policyVersion'>): Mover => ({
  programId,
  unit: points?.unit ?? null,
  levels: points?.levels ?? [],
  actorId: actor.id,
  policyVersion,
});

/** The id of a move's row. */
export const moveId = (programId: string, key: string) => nameId('points', programId, key);

/** The move by which a refund takes so much of a posting back. */
export function backMove(
  refund: Pick<SourceEvent, 'eventId' | 'occurred_at_ms'>,
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

/** How an event moves what rules see of others: it came late, or it is a command to ask them again. */
export type MovedHow = 'late' | 'recount';

/**
 * The move by which a late event, or a command, takes back what is left of a posting, as its rule sees
 * something else of the action that had earned it. Such a posting is over: no refund moves it any more.
 */
export function lostMove(
  by: Pick<SourceEvent, 'eventId' | 'occurred_at_ms'> & { readonly how: MovedHow },
  posting: Parameters<typeof backMove>[1],
  { left_minor, number }: { readonly left_minor: bigint; readonly number: number },
): PointMove {
  const why = by.how === 'late' ? { number } : {};
  const trace = { takes_back: posting.id, [by.how]: by.eventId, ...why };
  return { ...backMove(by, posting, left_minor), trace };
}

/** What the trace of a posting says that went so: by which event. */
export const LOST_BY = 'lost_by';

/** Whether a posting went so, by its trace. */
export const isLostPosting = (trace: unknown): boolean =>
  typeof trace === 'object' && trace !== null && LOST_BY in trace;

/** The move by which so much comes back to a posting, as a refund is taken back by another. */
export function againMove(
  refund: Pick<SourceEvent, 'eventId' | 'occurred_at_ms'>,
  posting: Parameters<typeof backMove>[1] & { readonly expires_at_ms: number | null },
  restored_minor: bigint,
): PointMove {
  return {
    ...backMove(refund, posting, -restored_minor),
    key: `points:again:${refund.eventId}:${posting.id}`,
    expires_at_ms: posting.expires_at_ms,
    trace: { gives_back: posting.id, refund: refund.eventId },
  };
}
