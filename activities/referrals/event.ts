import type { Money } from '../../domain/money.ts';
import type { Policy } from '../../domain/policies/policy.ts';
import type { ProgramStatus } from '../../domain/programs/program.ts';
import type { FixedRate } from '../../domain/rates/convert.ts';
import type { ReferralStage } from '../../domain/referrals/referral.ts';
import { type BoardInPlay, type BoardRow, boardsOf } from '../../engine/leaderboards/in-play.ts';
import { subjectSql } from '../../engine/members/subject.ts';
import type { Policies } from '../../engine/policies/in-force.ts';
import { programStatusSql } from '../../engine/programs/status.ts';
import { MAY_CONVERT } from '../../engine/rates/fix.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { AskedBy, Counts } from './asked.ts';
import { boardsIn } from './boards.ts';
import type { ReferralEventRef } from './snapshot.ts';
import { decideUnreferred } from './unreferred.ts';

/**
 * An event about an existing referral, both locked, with the referrer's count. Nobody else changes them until
 * this transaction ends.
 */
export interface LockedEvent {
  readonly ref: ReferralEventRef;
  /** The event's id, and where it is decided anew since when: what this decision's own keys end in. */
  readonly cause: string;
  readonly type: string;
  readonly subject: string | null;
  readonly occurred_at_ms: number;
  /** As it was sent. */
  readonly value: Money | null;
  /** Those that its decision fixes for the value, once it has; none before. */
  readonly rates: readonly FixedRate[];
  /** Whether there may be a rate for the value. */
  readonly mayConvert: boolean;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly refundOf: string | null;
  readonly programStatus: ProgramStatus;
  /** Whether the policy in force has rules for members. */
  readonly engages: boolean;
  readonly referral: LockedReferral;
  readonly policy: Policy;
  /** The referrer's count by time; null where the policy does not look at it, or before it is read. */
  readonly counts: Counts | null;
  /** When the last of the referrer's other qualified referrals qualified; null: none, or it is not read. */
  readonly lastQualified_at_ms: number | null;
  /** By which numbers the step has asked its rules; it is written down as the step ends. */
  readonly asked: AskedBy[];
  /** Before when its actions are in time as the step begins; null: not read, or it takes none. */
  readonly end_ms: number | null;
  /** The program's leaderboards; hardly ever more than a few. */
  readonly boards: readonly BoardInPlay[];
}

export interface LockedReferral {
  readonly stage: ReferralStage;
  /** Why it is in this stage, where that is not plain: `refunded`, when what had qualified it was. */
  readonly reason: string | null;
  readonly policyVersion: number;
  readonly referrerId: string;
  readonly referredId: string | null;
  readonly signed_up_at_ms: number | null;
  /** When it qualified last, though a refund may have undone that: the stage says. */
  readonly qualified_at_ms: number | null;
  readonly qualifyingEventId: string | null;
  /** The event happened before the one that qualified the referral; of two at one time the key decides. */
  readonly isBeforeQualifying: boolean;
  readonly due_at_ms: number | null;
  readonly qualifiedCount: number;
  /** Until when something happened whose answers go by the referrer's count; null: nothing. */
  readonly asked_until_ms: number | null;
  /** The latest time of a referral that is the nth of one of the referrer's rewards; null: there is none. */
  readonly timed_until_ms: number | null;
  /** How often it has changed. */
  readonly version: number;
  /** Of the referrer and the referred: who is blocked. */
  readonly blockedIds: ReadonlySet<string>;
}

/**
 * Locks an event, its referral and the referrer, in this order, and reads what the rules ask about them.
 * Returns null when there is nothing to decide. Either the event is already decided, and that result stands.
 * Or its signup is still to be decided, and it waits. Or it has no referral because its signup was refused;
 * then this refuses the event too. Throws when the event does not exist.
 */
export async function lockEvent(
  tx: Tx,
  policies: Policies,
  ref: ReferralEventRef,
): Promise<LockedEvent | null> {
  const row = (await lockNow(tx, ref)) ?? (await withoutReferral(tx, ref));
  if (row === null || row.state === 'decided') return null;
  const { type, subject, payload, refundOf, programStatus, engages, valueMinor, unit, mayConvert } = row;
  return {
    ref,
    cause: row.decidedAt === null ? ref.eventId : `${ref.eventId}:${row.decidedAt.getTime()}`,
    type,
    subject,
    occurred_at_ms: row.occurredAt.getTime(),
    value: valueMinor === null || unit === null ? null : { minor: valueMinor, unit },
    rates: [],
    mayConvert,
    payload,
    refundOf,
    programStatus,
    engages,
    referral: referralOf(row),
    policy: await policies.load(tx, ref.programId, row.policyVersion),
    counts: null,
    lastQualified_at_ms: null,
    asked: [],
    end_ms: null,
    boards: boardsOf(row.boards, row.timeZone),
  };
}

interface Row
  extends Omit<
    LockedReferral,
    'signed_up_at_ms' | 'qualified_at_ms' | 'due_at_ms' | 'asked_until_ms' | 'timed_until_ms' | 'blockedIds'
  > {
  readonly state: string;
  readonly type: string;
  readonly subject: string | null;
  readonly occurredAt: Date;
  /** Of the decision before this one; null: there is none. */
  readonly decidedAt: Date | null;
  readonly valueMinor: bigint | null;
  readonly unit: string | null;
  readonly mayConvert: boolean;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly refundOf: string | null;
  readonly programStatus: ProgramStatus;
  readonly engages: boolean;
  readonly timeZone: string;
  readonly signedUpAt: Date | null;
  readonly qualifiedAt: Date | null;
  readonly dueAt: Date | null;
  readonly askedUntil: Date | null;
  readonly timedUntil: Date | null;
  readonly boards: readonly BoardRow[] | null;
  readonly blockedIds: readonly string[];
  readonly isOvertaken: boolean;
}

/** The times at which what happens to the referral may count on boards. */
const MOMENTS = Prisma.sql`ARRAY[e.occurred_at, r.qualified_at]`;
const BOARDS = boardsIn(Prisma.sql`e.program_id`, MOMENTS);

/** A member who was merged into another changed its referral while the statement waited for its lock. */
const IS_OVERTAKEN = Prisma.sql`
  r.referred_id IS DISTINCT FROM (
    SELECT q.referred_id FROM referrals q WHERE q.program_id = r.program_id AND q.id = r.id)`;

/**
 * One statement for all that a step reads. Its locks let rewards be written for these members meanwhile, so
 * that two members who refer each other do not wait for each other.
 */
async function lockRows(tx: Tx, ref: ReferralEventRef): Promise<Row | undefined> {
  const [row] = await tx.$queryRaw<Row[]>`
    SELECT e.state::text, e.type, ${subjectSql} AS subject, e.occurred_at AS "occurredAt",
           e.decided_at AS "decidedAt", e.value_minor AS "valueMinor", e.unit,
           ${MAY_CONVERT} AS "mayConvert", e.payload,
           e.refund_of AS "refundOf", p.engages, p.time_zone AS "timeZone", ${IS_OVERTAKEN} AS "isOvertaken",
           ${programStatusSql(ref.now_ms)}::text AS "programStatus",
           r.stage::text, r.reason, r.policy_version AS "policyVersion", r.referrer_id::text AS "referrerId",
           r.referred_id::text AS "referredId", r.signed_up_at AS "signedUpAt",
           r.qualified_at AS "qualifiedAt", r.qualifying_event_id::text AS "qualifyingEventId",
           coalesce((e.occurred_at, e.key) < (q.occurred_at, q.key), false) AS "isBeforeQualifying",
           r.due_at AS "dueAt", r.version,
           m.qualified_referrals AS "qualifiedCount", m.asked_until AS "askedUntil",
           m.timed_until AS "timedUntil", (${BOARDS}) AS boards,
           ARRAY(SELECT b.id::text FROM members b WHERE b.program_id = r.program_id
             AND b.id IN (r.referrer_id, r.referred_id) AND b.blocked_at IS NOT NULL) AS "blockedIds"
    FROM events e
    JOIN programs p ON p.id = e.program_id
    JOIN referrals r ON r.program_id = e.program_id AND r.id = ${ref.referralId}::uuid
    JOIN members m ON m.program_id = r.program_id AND m.id = r.referrer_id
    LEFT JOIN events q ON q.program_id = r.program_id AND q.id = r.qualifying_event_id
    WHERE e.program_id = ${ref.programId}::uuid AND e.id = ${ref.eventId}::uuid
    FOR NO KEY UPDATE OF e, r, m`;
  return row;
}

/**
 * The rows as of after a merge that the statement waited for. It began before, so it does not find the member
 * whose the referral is now, and not what the other account did.
 */
async function lockNow(tx: Tx, ref: ReferralEventRef): Promise<Row | undefined> {
  const row = await lockRows(tx, ref);
  return row?.isOvertaken === true ? await lockRows(tx, ref) : row;
}

function referralOf(row: Row): LockedReferral {
  const { stage, reason, policyVersion, referrerId, referredId, qualifiedCount } = row;
  const { qualifyingEventId, isBeforeQualifying, version } = row;
  return {
    stage,
    reason,
    policyVersion,
    referrerId,
    referredId,
    signed_up_at_ms: row.signedUpAt?.getTime() ?? null,
    qualified_at_ms: row.qualifiedAt?.getTime() ?? null,
    qualifyingEventId,
    isBeforeQualifying,
    due_at_ms: row.dueAt?.getTime() ?? null,
    qualifiedCount,
    asked_until_ms: row.askedUntil?.getTime() ?? null,
    timed_until_ms: row.timedUntil?.getTime() ?? null,
    version,
    blockedIds: new Set(row.blockedIds),
  };
}

/** What becomes of an event without a referral. Gives the rows where the referral has come in between. */
async function withoutReferral(tx: Tx, ref: ReferralEventRef): Promise<Row | null> {
  const isDecided = await decideUnreferred(tx, { ...ref, eventIds: [ref.eventId] });
  return isDecided ? null : ((await lockNow(tx, ref)) ?? null);
}
