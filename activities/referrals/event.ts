import type { Money } from '../../domain/money.ts';
import type { Policy } from '../../domain/policies/policy.ts';
import type { ProgramStatus } from '../../domain/programs/program.ts';
import type { ReferralStage } from '../../domain/referrals/referral.ts';
import { refuse } from '../../domain/refusal.ts';
import { type BoardInPlay, type BoardRow, boardsOf } from '../../engine/leaderboards/in-play.ts';
import { tellActed } from '../../engine/points/acted.ts';
import type { Policies } from '../../engine/policies/in-force.ts';
import type { Tx } from '../../prisma/client.ts';
import { refuseEvent } from './refuse.ts';
import type { ReferralEventRef } from './snapshot.ts';

/** An event about an existing referral, both locked, with the referrer's count: nobody else moves them until we commit. */
export interface LockedEvent {
  readonly ref: ReferralEventRef;
  readonly type: string;
  readonly subject: string | null;
  readonly occurred_at_ms: number;
  readonly value: Money | null;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly refundOf: string | null;
  readonly programStatus: ProgramStatus;
  /** Whether the policy in force has rules for members. */
  readonly engages: boolean;
  readonly referral: LockedReferral;
  readonly policy: Policy;
  /** The program's leaderboards; hardly ever more than a few. */
  readonly boards: readonly BoardInPlay[];
}

export interface LockedReferral {
  readonly stage: ReferralStage;
  readonly policyVersion: number;
  readonly referrerId: string;
  readonly referredId: string | null;
  readonly signed_up_at_ms: number | null;
  readonly qualified_at_ms: number | null;
  readonly qualifyingEventId: string | null;
  readonly due_at_ms: number | null;
  readonly qualifiedCount: number;
}

interface Row {
  state: string;
  type: string;
  subject: string | null;
  occurred_at: Date;
  value_minor: bigint | null;
  unit: string | null;
  payload: Record<string, unknown>;
  refund_of: string | null;
  program_status: ProgramStatus;
  engages: boolean;
  stage: ReferralStage;
  policy_version: number;
  referrer_id: string;
  referred_id: string | null;
  signed_up_at: Date | null;
  qualified_at: Date | null;
  qualifying_event_id: string | null;
  due_at: Date | null;
  qualified_referrals: number;
  time_zone: string;
  boards: readonly BoardRow[] | null;
}

/**
 * Locks an event, its referral and the referrer, in this order, and reads what rules ask of them. Null when there is nothing to
 * decide: the event is decided already, and the first try's result stands, or it has no referral, because the signup that it
 * came with was refused, and so it is refused here. Throws when the event does not exist. The locks let rewards be written for
 * these members meanwhile, so that two members who refer each other do not wait for each other.
 */
export async function lockEvent(
  tx: Tx,
  policies: Policies,
  ref: ReferralEventRef,
): Promise<LockedEvent | null> {
  const [row] = await tx.$queryRaw<Row[]>`
    SELECT e.state::text, e.type, e.subject, e.occurred_at, e.value_minor, e.unit, e.payload, e.refund_of, program_status_at(p.status, p.starts_at, p.ends_at, ${new Date(ref.now_ms)})::text AS program_status, p.engages,
           r.stage::text, r.policy_version, r.referrer_id::text, r.referred_id::text, r.signed_up_at, r.qualified_at,
           r.qualifying_event_id::text, r.due_at, m.qualified_referrals, p.time_zone, (
             SELECT jsonb_agg(jsonb_build_object('id', b.id, 'metric', b.metric, 'unit', b.unit, 'period', b.period,
               'since_ms', board_since_ms(b), 'seasons', (
                 SELECT coalesce(jsonb_agg(jsonb_build_object('id', w.id, 'key', w.key, 'starts_at', w.starts_at, 'ends_at', w.ends_at, 'closes_at', w.closes_at)), '[]')
                 FROM board_windows w WHERE b.period = 'season' AND w.program_id = b.program_id AND w.board_id = b.id
                   AND ((w.starts_at <= e.occurred_at AND e.occurred_at < w.ends_at) OR (w.starts_at <= r.qualified_at AND r.qualified_at < w.ends_at)))))
             FROM boards b WHERE b.program_id = e.program_id) AS boards
    FROM events e
    JOIN programs p ON p.id = e.program_id
    JOIN referrals r ON r.program_id = e.program_id AND r.id = ${ref.referralId}::uuid
    JOIN members m ON m.program_id = r.program_id AND m.id = r.referrer_id
    WHERE e.program_id = ${ref.programId}::uuid AND e.id = ${ref.eventId}::uuid
    FOR NO KEY UPDATE OF e, r, m`;
  if (row === undefined) {
    await refuseWithoutReferral(tx, ref);
    return null;
  }
  if (row.state === 'decided') return null;
  return {
    ref,
    type: row.type,
    subject: row.subject,
    occurred_at_ms: row.occurred_at.getTime(),
    value: row.value_minor === null || row.unit === null ? null : { minor: row.value_minor, unit: row.unit },
    payload: row.payload,
    refundOf: row.refund_of,
    programStatus: row.program_status,
    engages: row.engages,
    referral: referralOf(row),
    policy: await policies.load(tx, ref.programId, row.policy_version),
    boards: boardsOf(row.boards, row.time_zone),
  };
}

async function refuseWithoutReferral(tx: Tx, ref: ReferralEventRef): Promise<void> {
  const [event] = await tx.$queryRaw<{ state: string; subject: string | null; engages: boolean }[]>`
    SELECT e.state::text, e.subject, p.engages FROM events e JOIN programs p ON p.id = e.program_id
    WHERE e.program_id = ${ref.programId}::uuid AND e.id = ${ref.eventId}::uuid FOR UPDATE OF e`;
  if (event === undefined) throw new Error(`event ${ref.eventId} does not exist`);
  if (event.state === 'decided') return;
  const { subject } = event;
  const refusal = refuse('not_referred', 'The member’s signup was not attributed to anybody.');
  await refuseEvent(tx, { ref, subject }, refusal);
  if (event.engages) await tellActed(tx, ref.programId, ref.eventId);
}

function referralOf(row: Row): LockedReferral {
  return {
    stage: row.stage,
    policyVersion: row.policy_version,
    referrerId: row.referrer_id,
    referredId: row.referred_id,
    signed_up_at_ms: row.signed_up_at?.getTime() ?? null,
    qualified_at_ms: row.qualified_at?.getTime() ?? null,
    qualifyingEventId: row.qualifying_event_id,
    due_at_ms: row.due_at?.getTime() ?? null,
    qualifiedCount: row.qualified_referrals,
  };
}
