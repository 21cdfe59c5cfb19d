import type { ReferralStage } from '../../domain/referrals/referral.ts';
import type { OutboxMessage } from '../../engine/events/outbox.ts';
import type { Outcome } from '../../engine/events/outcome.ts';
import { noteDecision } from '../../engine/transaction.ts';
import { toJsonText } from '../../platform/hash.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { NewReward } from './rewards.ts';
import { REWARD_COUNTS, type ReferralSnapshot, type SnapshotRow, snapshotOf } from './snapshot.ts';

/** All that one step changes about a referral, but for the ledger. */
export interface ReferralChange {
  readonly programId: string;
  readonly referralId: string;
  readonly stage: ReferralStage | null;
  /** For a referral that begins with this step: what writes it, ending in a common table expression `referral` that gives its row. */
  readonly begun?: Prisma.Sql;
  readonly reason?: string | null;
  readonly qualified?: { readonly at_ms: number; readonly eventId: string };
  readonly due_at_ms?: number | null;
  readonly ended_at_ms?: number | null;
  /** How the referrer's count of qualified referrals moves. */
  readonly counted?: { readonly referrerId: string; readonly by: 1 | -1 };
  readonly rewards: readonly NewReward[];
  readonly outbox: readonly OutboxMessage[];
  /** The event that is decided by this; null when a deadline moved the referral. */
  readonly decided: {
    readonly eventId: string;
    readonly subject: string | null;
    readonly outcome: Outcome;
  } | null;
  /** The member whose waiting events are to be looked at again, where no event is decided. */
  readonly wakes?: string | null;
}

/** The referral's row as this step leaves it; none where the stage is null. */
const moved = (change: ReferralChange) => Prisma.sql`
    referral AS (
      UPDATE referrals SET stage = ${change.stage}::referral_stage, reason = ${change.reason ?? null},
        qualified_at = coalesce(${date(change.qualified?.at_ms)}::timestamptz, qualified_at),
        qualifying_event_id = coalesce(${change.qualified?.eventId ?? null}::uuid, qualifying_event_id),
        due_at = coalesce(${date(change.due_at_ms)}::timestamptz, due_at),
        ended_at = coalesce(${date(change.ended_at_ms)}::timestamptz, ended_at), updated_at = now()
      WHERE ${change.stage}::text IS NOT NULL AND program_id = ${change.programId}::uuid AND id = ${change.referralId}::uuid
      RETURNING *
    )`;

const date = (at_ms: number | null | undefined) => (at_ms == null ? null : new Date(at_ms));

/**
 * Writes a change in one statement. It also makes the events due that waited for this one, and wakes whoever waits for
 * the outcome. A stage of null leaves the referral's row alone. Gives the referral as it stands afterwards.
 */
export async function writeChange(tx: Tx, change: ReferralChange): Promise<ReferralSnapshot> {
  const { programId, referralId, decided } = change;
  if (decided !== null) noteDecision(tx, decided.outcome);
  const rows = await tx.$queryRaw<SnapshotRow[]>`
    WITH ${change.begun ?? moved(change)}, referrer AS (
      UPDATE members SET qualified_referrals = qualified_referrals + ${change.counted?.by ?? 0}
      WHERE program_id = ${programId}::uuid AND id = ${change.counted?.referrerId ?? null}::uuid
    ), reward AS (
      INSERT INTO rewards (program_id, id, key, referral_id, member_id, event_id, rule_id, policy_version, kind, label, unit,
                           amount_minor, reversed_minor, status, granted_at, matures_at, expires_at, trace)
      SELECT ${programId}::uuid, id, key, ${referralId}::uuid, "memberId", "eventId", "ruleId", "policyVersion", kind, label, unit,
             "amountMinor", "reversedMinor", status, "grantedAt", "maturesAt", "expiresAt", trace
      FROM jsonb_to_recordset(${toJsonText(change.rewards)}::jsonb) AS w(
        id uuid, key text, "memberId" uuid, "eventId" uuid, "ruleId" text, "policyVersion" int, kind benefit_kind, label text, unit text,
        "amountMinor" bigint, "reversedMinor" bigint, status reward_status, "grantedAt" timestamptz, "maturesAt" timestamptz, "expiresAt" timestamptz, trace jsonb)
      RETURNING status, matures_at
    ), told AS (
      INSERT INTO outbox (program_id, key, subject, members, type, payload)
      SELECT ${programId}::uuid, key, subject, members, type, payload
      FROM jsonb_to_recordset(${toJsonText(change.outbox)}::jsonb) AS m(key text, subject text, members uuid[], type text, payload jsonb)
      ON CONFLICT (program_id, key) DO NOTHING
    ), decision AS (
      UPDATE events SET state = 'decided', outcome = ${toJsonText(decided?.outcome ?? {})}::jsonb, decided_at = now(), reason = NULL
      WHERE program_id = ${programId}::uuid AND id = ${decided?.eventId ?? null}::uuid
      RETURNING id, awaited
    ), woken AS (
      UPDATE events SET due_at = now()
      WHERE program_id = ${programId}::uuid AND subject = ${decided?.subject ?? change.wakes ?? null} AND state = 'waiting'
        -- A statement changes a row once: the decided event may itself have waited.
        AND id IS DISTINCT FROM ${decided?.eventId ?? null}::uuid
    )
    -- What this statement writes it cannot read from the tables: its own rows come from above.
    SELECT r.stage::text, r.reason, r.referrer_id::text, r.policy_version, r.verdict, r.due_at, w.*, n.notified
    -- The notice comes first: a refused signup has no referral, and is told all the same.
    FROM (SELECT count(pg_notify('decided', id::text)) AS notified FROM decision WHERE awaited) n
    LEFT JOIN (
      SELECT * FROM referral UNION ALL
      SELECT * FROM referrals WHERE ${change.stage}::text IS NULL AND program_id = ${programId}::uuid AND id = ${referralId}::uuid
    ) r ON true, LATERAL (
      SELECT ${REWARD_COUNTS} FROM (
        SELECT status, matures_at FROM reward UNION ALL
        SELECT status, matures_at FROM rewards WHERE program_id = ${programId}::uuid AND referral_id = ${referralId}::uuid) each_reward
    ) w`;
  return snapshotOf(rows[0]);
}
