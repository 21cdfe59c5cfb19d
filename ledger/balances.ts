import type { AccountKind } from '../domain/ledger/posting.ts';
import type { Database, Tx } from '../prisma/client.ts';

/**
 * A member's balances in one unit, in minor units. `owed_minor` is at most 0: what later rewards will be
 * netted against.
 */
export interface MemberBalance {
  readonly unit: string;
  readonly pending_minor: bigint;
  readonly available_minor: bigint;
  readonly reserved_minor: bigint;
  readonly owed_minor: bigint;
}

/** What a program may grant and has granted, net, in one unit. `cap_minor` null: no limit. */
export interface Budget {
  readonly unit: string;
  readonly cap_minor: bigint | null;
  readonly spent_minor: bigint;
}

/**
 * A member's balances at a moment, one row a unit, units in order; empty when nothing was ever posted. What
 * has expired by then is not available, whether or not its expiry is posted.
 */
export async function balancesOf(
  db: Database | Tx,
  programId: string,
  memberId: string,
  now = new Date(),
): Promise<readonly MemberBalance[]> {
  return (await balancesOfAll(db, programId, [memberId], now)).get(memberId) ?? [];
}

/** The same for many members; one to whom nothing was ever posted is not there. */
export async function balancesOfAll(
  db: Database | Tx,
  programId: string,
  memberIds: readonly string[],
  now = new Date(),
): Promise<ReadonlyMap<string, readonly MemberBalance[]>> {
  const accounts = await db.$queryRaw<Account[]>`
    SELECT a.member_id::text AS "memberId", a.unit, a.kind::text,
      (b.balance_minor - CASE WHEN b.expires_from <= ${now}::timestamptz THEN (
        SELECT coalesce(sum(l.remaining_minor), 0) FROM ledger_lots l
        WHERE l.account_id = a.id AND l.open AND l.expires_at <= ${now}::timestamptz) ELSE 0 END
      )::bigint AS balance_minor
    FROM ledger_accounts a JOIN ledger_balances b ON b.account_id = a.id
    WHERE a.program_id = ${programId}::uuid AND a.member_id = ANY(${[...memberIds]}::uuid[])
    ORDER BY a.unit`;
  const byMember = new Map<string, Account[]>();
  for (const account of accounts) {
    const { memberId } = account;
    byMember.set(memberId, [...(byMember.get(memberId) ?? []), account]);
  }
  return new Map([...byMember].map(([memberId, own]) => [memberId, byUnit(own)]));
}

interface Account {
  readonly memberId: string;
  readonly unit: string;
  readonly kind: AccountKind;
  readonly balance_minor: bigint;
}

function byUnit(accounts: readonly Account[]): MemberBalance[] {
  const units = [...new Set(accounts.map(({ unit }) => unit))];
  return units.map((unit) => {
    const of = (kind: AccountKind) =>
      accounts.find((account) => account.unit === unit && account.kind === kind)?.balance_minor ?? 0n;
    return {
      unit,
      pending_minor: of('pending'),
      available_minor: of('available'),
      reserved_minor: of('reserved'),
      owed_minor: of('owed'),
    };
  });
}

/** A program's budgets, one row a unit; a unit in which nothing was granted and no cap set is not there. */
export async function budgetOf(db: Database | Tx, programId: string): Promise<Budget[]> {
  // Under a cap all shards but 0 are frozen, and the floor of shard 0 is what they leave of the cap.
  return await db.$queryRaw<Budget[]>`
    SELECT a.unit, -sum(b.balance_minor)::bigint AS spent_minor,
      (-max(b.floor_minor) FILTER (WHERE a.shard = 0)
        - coalesce(sum(b.balance_minor) FILTER (WHERE a.shard <> 0), 0))::bigint AS cap_minor
    FROM ledger_accounts a JOIN ledger_balances b ON b.account_id = a.id
    WHERE a.program_id = ${programId}::uuid AND a.kind = 'budget' AND a.member_id IS NULL
    GROUP BY a.unit ORDER BY a.unit`;
}

/** A program's budget that has a cap, in minor units. */
export interface CappedBudget {
  readonly programId: string;
  readonly unit: string;
  readonly cap_minor: bigint;
  readonly spent_minor: bigint;
}

/** The budgets that have a cap: one program's, or everybody's. */
export async function cappedBudgets(
  db: Database | Tx,
  programId: string | null = null,
): Promise<CappedBudget[]> {
  return await db.$queryRaw<CappedBudget[]>`
    SELECT * FROM (
      SELECT a.program_id::text AS "programId", a.unit, -sum(b.balance_minor)::bigint AS spent_minor,
        (-max(b.floor_minor) FILTER (WHERE a.shard = 0)
          - coalesce(sum(b.balance_minor) FILTER (WHERE a.shard <> 0), 0))::bigint AS cap_minor
      FROM ledger_accounts a JOIN ledger_balances b ON b.account_id = a.id
      WHERE a.kind = 'budget' AND a.member_id IS NULL
        AND (${programId}::uuid IS NULL OR a.program_id = ${programId}::uuid)
      GROUP BY a.program_id, a.unit
    ) budgets WHERE cap_minor IS NOT NULL ORDER BY "programId", unit`;
}
