import { toJsonText } from '../../platform/hash.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { Merge } from '../members/merging.ts';
import { beforeCommit } from '../transaction.ts';

/** A reward for which the budget has no room. */
export interface NewRefused {
  /** The key that the reward would have had. */
  readonly key: string;
  readonly referralId: string;
  readonly memberId: string;
  readonly eventId: string;
  /** The reward of which a part was to come back; null: the reward itself is refused. */
  readonly rewardId: string | null;
  readonly ruleId: string;
  readonly policyVersion: number;
  readonly unit: string;
  readonly amountMinor: bigint;
  /** The action's own time. */
  readonly occurredAt: string;
  readonly trace: unknown;
}

/**
 * Puts on record what the budget refuses, in the transaction that decides so and at its end, because a
 * signup's referral is written after its rewards. What was refused before for the same rule, member and event
 * is the same row, which then says what was refused last.
 */
export function noteRefused(
  tx: Tx,
  { programId, now_ms }: { readonly programId: string; readonly now_ms: number },
  refused: readonly NewRefused[],
): void {
  if (refused.length === 0) return;
  beforeCommit(tx, async () => {
    await tx.$executeRaw`
      INSERT INTO refused_rewards (program_id, id, key, referral_id, member_id, event_id, reward_id, rule_id,
                                   policy_version, unit, amount_minor, occurred_at, trace, refused_at)
      SELECT ${programId}::uuid, uuidv7(), key, "referralId", "memberId", "eventId", "rewardId", "ruleId",
             "policyVersion", unit, "amountMinor", "occurredAt", trace, ${new Date(now_ms)}::timestamptz
      FROM jsonb_to_recordset(${toJsonText(refused)}::jsonb) AS w(
        key text, "referralId" uuid, "memberId" uuid, "eventId" uuid, "rewardId" uuid, "ruleId" text,
        "policyVersion" int, unit text, "amountMinor" bigint, "occurredAt" timestamptz, trace jsonb)
      ON CONFLICT (program_id, referral_id, rule_id, member_id, event_id) DO UPDATE
      SET key = excluded.key, reward_id = excluded.reward_id, policy_version = excluded.policy_version,
          unit = excluded.unit, amount_minor = excluded.amount_minor, occurred_at = excluded.occurred_at,
          trace = excluded.trace, refused_at = excluded.refused_at`;
  });
}

/**
 * Moves what the budget refused a member who is merged into another. What it refused both of them for the
 * same, as by a referral that moved from one to the other, is the row of the one who stays, which then says
 * what was refused last; the other row stays with the account that it was of, and is earned no more.
 */
export async function mergeRefused(tx: Tx, { programId, goesId, staysId }: Merge): Promise<void> {
  const isSame = Prisma.sql`s.program_id = g.program_id AND s.referral_id = g.referral_id
    AND s.rule_id = g.rule_id AND s.event_id = g.event_id AND s.member_id = ${staysId}::uuid`;
  await tx.$executeRaw`
    UPDATE refused_rewards s SET key = g.key, reward_id = g.reward_id, policy_version = g.policy_version,
      unit = g.unit, amount_minor = g.amount_minor, occurred_at = g.occurred_at, trace = g.trace,
      refused_at = g.refused_at
    FROM refused_rewards g
    WHERE g.program_id = ${programId}::uuid AND g.member_id = ${goesId}::uuid AND ${isSame}
      AND g.refused_at > s.refused_at`;
  await tx.$executeRaw`
    UPDATE refused_rewards g SET member_id = ${staysId}::uuid
    WHERE g.program_id = ${programId}::uuid AND g.member_id = ${goesId}::uuid
      AND NOT EXISTS (SELECT FROM refused_rewards s WHERE ${isSame})`;
}
