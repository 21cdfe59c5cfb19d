import type { Money } from '../../domain/money.ts';
import type { Redemption } from '../../prisma/generated/client.ts';

/** What is paid: the value of its own that an item gives, else the amount less the fee. */
export function payoutAmount(
  row: Pick<Redemption, 'amountMinor' | 'unit' | 'feeMinor' | 'valueMinor' | 'valueUnit'>,
): Money {
  return row.valueMinor !== null && row.valueUnit !== null
    ? { minor: row.valueMinor, unit: row.valueUnit }
    : { minor: row.amountMinor - row.feeMinor, unit: row.unit };
}
