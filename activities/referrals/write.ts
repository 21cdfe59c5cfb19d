import type { ReferralStage } from '../../domain/referrals/referral.ts';
import { type Decision, decidedEvent, notifyDecided, wokenEvents } from '../../engine/events/decide.ts';
import { type OutboxMessage, toldMessages } from '../../engine/events/outbox.ts';
import { isOfBlocked } from '../../engine/members/blocked.ts';
import { isKept, noteDecision } from '../../engine/transaction.ts';
import { toJsonText } from '../../platform/hash.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { NewReward } from './reward-row.ts';
import {
  REFERRAL_COLUMNS,
  REWARD_COUNTS,
  type ReferralSnapshot,
  type SnapshotRow,
  snapshotOf,
} from './snapshot.ts';

/** All that one step changes about a referral, except the ledger. */
export interface ReferralChange {
  readonly programId: string;
  readonly referralId: string;
  readonly stage: ReferralStage | null;
  /**
   * For a referral that begins with this step: the statement's first part, which ends in a common table
   * expression `referral` that returns the referral's row.
   */
  readonly begun?: Prisma.Sql;
  readonly reason?: string | null;
  /** By what the referral qualifies; left out: as before. */
  readonly qualified?: { readonly at_ms: number; readonly eventId: string };
  /** When it ends by itself; null: never; left out: as before. */
  readonly due_at_ms?: number | null;
  readonly ended_at_ms?: number | null;
  /** Whether it had ended, and goes on. */
  readonly isReopened?: boolean;
  /** How the referrer's count of qualified referrals moves. */
  readonly counted?: { readonly referrerId: string; readonly by: 1 | -1 };
  readonly rewards: readonly NewReward[];
  readonly outbox: readonly OutboxMessage[];
  /** The event that is decided by this; null when a deadline moved the referral. */
  readonly decided: (Decision & { readonly subject: string | null }) | null;
  /** The member whose waiting events are to be looked at again, where no event is decided. */
  readonly wakes?: string | null;
}

/**
 * Writes a change in one statement. Also makes the events that waited for this one due, and notifies the
 * callers that wait for the outcome. A null stage leaves the referral's row unchanged. Returns the referral's
 * new snapshot.
 */
export async function writeChange(tx: Tx, change: ReferralChange): Promise<ReferralSnapshot> {
  const { programId, referralId, begun, outbox, decided } = change;
  if (decided !== null) noteDecision(tx, decided.outcome);
  const rows = await tx.$queryRaw<SnapshotRow[]>`
    WITH ${begun ?? movedReferral(tx, change)}, ${countedReferrer(change)}, ${grantedRewards(change)},
    ${toldMessages(programId, outbox)}, ${decidedEvent(programId, decided)},
    ${wokenEvents(programId, decided?.subject ?? change.wakes ?? null, decided?.eventId ?? null)}
    -- A statement does not see its own writes in the tables, so its rows come from the expressions above.
    SELECT ${REFERRAL_COLUMNS}, w.*, n.notified
    -- The notice comes first: a refused signup has no referral, but its callers are notified too.
    FROM (${notifyDecided}) n
    LEFT JOIN (
      SELECT * FROM referral UNION ALL
      SELECT * FROM referrals
      WHERE ${change.stage}::text IS NULL AND program_id = ${programId}::uuid AND id = ${referralId}::uuid
    ) r ON true, LATERAL (
      SELECT ${REWARD_COUNTS} FROM (
        -- Nobody who is blocked is granted a new one, and no operator holds one that is new.
        SELECT status, matures_at, false AS frozen FROM reward UNION ALL
        SELECT status, matures_at, held_by IS NOT NULL OR ${isOfBlocked('rewards')} FROM rewards
        WHERE program_id = ${programId}::uuid AND referral_id = ${referralId}::uuid) each_reward
    ) w`;
  return snapshotOf(rows[0]);
}

/** The common table expression `referral`: the row as this step leaves it; none where the stage is null. */
const movedReferral = (
  tx: Tx,
  { programId, referralId, stage, reason, qualified, ...change }: ReferralChange,
) => Prisma.sql`
    referral AS (
      UPDATE referrals SET stage = ${stage}::referral_stage, reason = ${reason ?? null},
        qualified_at = coalesce(${dateOf(qualified?.at_ms)}::timestamptz, qualified_at),
        qualifying_event_id = coalesce(${qualified?.eventId ?? null}::uuid, qualifying_event_id),
        due_at = CASE WHEN ${change.due_at_ms === undefined} THEN due_at
          ELSE ${dateOf(change.due_at_ms)}::timestamptz END,
        ended_at = CASE WHEN ${change.isReopened !== true}
          THEN coalesce(${dateOf(change.ended_at_ms)}::timestamptz, ended_at) END,
        version = version + 1, tell_at = CASE WHEN ${isKept(tx)} THEN now() ELSE tell_at END,
        updated_at = now()
      WHERE ${stage}::text IS NOT NULL AND program_id = ${programId}::uuid AND id = ${referralId}::uuid
      RETURNING *
    )`;

const dateOf = (at_ms: number | null | undefined) => (at_ms == null ? null : new Date(at_ms));

/**
 * The common table expression `referrer`: moves the count of qualified referrals, and notes until when
 * rewards for it go by the nth.
 */
const countedReferrer = ({ programId, counted, rewards }: ReferralChange) => Prisma.sql`
    referrer AS (
      UPDATE members SET qualified_referrals = qualified_referrals + ${counted?.by ?? 0},
        timed_until = greatest(timed_until, ${lastNth(rewards)}::timestamptz)
      WHERE program_id = ${programId}::uuid AND id = ${counted?.referrerId ?? null}::uuid
    )`;

const lastNth = (rewards: readonly NewReward[]): string | null =>
  rewards
    .flatMap(({ nth, grantedAt }) => (nth === null ? [] : [grantedAt]))
    .toSorted()
    .at(-1) ?? null;

/** The common table expression `reward`: the new rewards, as far as `REWARD_COUNTS` asks. */
const grantedRewards = ({ programId, referralId, rewards }: ReferralChange) => Prisma.sql`
    reward AS (
      INSERT INTO rewards (program_id, id, key, referral_id, member_id, event_id, rule_id, policy_version,
                           kind, label, unit, amount_minor, reversed_minor, status, nth, granted_at,
                           matures_at, expires_at, trace)
      SELECT ${programId}::uuid, id, key, ${referralId}::uuid, "memberId", "eventId", "ruleId",
             "policyVersion", kind, label, unit, "amountMinor", "reversedMinor", status, nth, "grantedAt",
             "maturesAt", "expiresAt", trace
      FROM jsonb_to_recordset(${toJsonText(rewards)}::jsonb) AS w(
        id uuid, key text, "memberId" uuid, "eventId" uuid, "ruleId" text, "policyVersion" int,
        kind benefit_kind, label text, unit text, "amountMinor" bigint, "reversedMinor" bigint,
        status reward_status, nth int, "grantedAt" timestamptz, "maturesAt" timestamptz,
        "expiresAt" timestamptz, trace jsonb)
      RETURNING status, matures_at
    )`;
