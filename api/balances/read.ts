import { balancesOf } from '../../ledger/balances.ts';
import type { Database } from '../../prisma/client.ts';
import { wholePage } from '../trpc/cursor.ts';
import { moneyJsonOf } from '../trpc/views.ts';

/** A member's balances as they are now, one a unit. */
export async function readBalances(db: Database, programId: string, memberId: string) {
  const rows = await balancesOf(db, programId, memberId);
  return wholePage(
    rows.map((row) => ({
      unit: row.unit,
      pending: moneyJsonOf(row.pending_minor, row.unit),
      available: moneyJsonOf(row.available_minor, row.unit),
      reserved: moneyJsonOf(row.reserved_minor, row.unit),
      owed: moneyJsonOf(row.owed_minor, row.unit),
    })),
  );
}
