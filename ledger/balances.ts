import type { Database, Tx } from '../prisma/client.ts';

/** A member's balances in one unit, in minor units. `owed_minor` is at most 0: what later rewards will be netted against. */
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

/** A member's balances, one row a unit, units in order; empty when nothing was ever posted. */
export async function balancesOf(db: Database | Tx, programId: string, memberId: string): Promise<MemberBalance[]> {
  const accounts = await db.ledgerAccount.findMany({
    where: { programId, memberId },
    select: { unit: true, kind: true, balance: { select: { balanceMinor: true } } },
    orderBy: { unit: 'asc' },
  });
  const units = [...new Set(accounts.map(({ unit }) => unit))];
  return units.map((unit) => {
    const of = (kind: string) =>
      accounts.find((account) => account.unit === unit && account.kind === kind)?.balance?.balanceMinor ?? 0n;
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
  const accounts = await db.ledgerAccount.findMany({
    where: { programId, memberId: null, kind: 'budget' },
    select: { unit: true, balance: { select: { balanceMinor: true, floorMinor: true } } },
    orderBy: { unit: 'asc' },
  });
  return accounts.map(({ unit, balance }) => {
    const floor_minor = balance?.floorMinor ?? null;
    return { unit, cap_minor: floor_minor === null ? null : -floor_minor, spent_minor: -(balance?.balanceMinor ?? 0n) };
  });
}
