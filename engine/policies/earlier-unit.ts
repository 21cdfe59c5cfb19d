import { policyFromJson } from '../../domain/policies/json.ts';
import type { Policy } from '../../domain/policies/policy.ts';
import { redeemingEarlierUnit } from '../../domain/redemptions/earlier-unit.ts';
import type { RedemptionPolicy } from '../../domain/redemptions/policy.ts';
import type { Database, Tx } from '../../prisma/client.ts';
import { latestPolicyIn } from './latest.ts';

/**
 * What holds for redeeming in a unit: what the policy in force says or, where an earlier version was in that
 * unit, what `redeemingEarlierUnit` makes of the two.
 */
export async function redemptionIn(
  db: Database | Tx,
  programId: string,
  unit: string,
  { unit: current, redemption }: Policy,
): Promise<RedemptionPolicy> {
  if (unit === current) return redemption;
  const earlier = await latestPolicyIn(db, programId, unit);
  return earlier === null
    ? redemption
    : redeemingEarlierUnit(redemption, policyFromJson(earlier.body).redemption);
}

/** What the members of a program have together in a unit, in minor units. */
export interface HeldUnit {
  readonly unit: string;
  readonly pending_minor: bigint;
  readonly available_minor: bigint;
  readonly reserved_minor: bigint;
}

/** The units of earlier versions, other than this one, in which members have something. */
export async function heldInOtherUnits(
  tx: Tx,
  programId: string,
  unit: string,
): Promise<readonly HeldUnit[]> {
  const earlier = await tx.$queryRaw<{ unit: string }[]>`
    SELECT DISTINCT body->>'unit' AS unit FROM policy_versions
    WHERE program_id = ${programId}::uuid AND body->>'unit' <> ${unit}`;
  if (earlier.length === 0) return [];
  return await tx.$queryRaw<HeldUnit[]>`
    SELECT a.unit,
      coalesce(sum(b.balance_minor) FILTER (WHERE a.kind = 'pending'), 0)::bigint AS pending_minor,
      coalesce(sum(b.balance_minor) FILTER (WHERE a.kind = 'available'), 0)::bigint AS available_minor,
      coalesce(sum(b.balance_minor) FILTER (WHERE a.kind = 'reserved'), 0)::bigint AS reserved_minor
    FROM ledger_accounts a JOIN ledger_balances b ON b.account_id = a.id
    WHERE a.program_id = ${programId}::uuid AND a.member_id IS NOT NULL
      AND a.unit = ANY(${earlier.map((row) => row.unit)})
    GROUP BY a.unit
    HAVING sum(b.balance_minor) FILTER (WHERE a.kind IN ('pending', 'available', 'reserved')) > 0
    ORDER BY a.unit`;
}
