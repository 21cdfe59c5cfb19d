import { hostIdOf } from '../../domain/members/host-id.ts';
import { formatMoney } from '../../domain/money.ts';
import { payoutAmount } from '../../engine/payouts/amount.ts';
import type { Tx } from '../../prisma/client.ts';
import { iso } from '../trpc/views.ts';
import { csvForPeople } from './csv.ts';

/** Destinations name their own fields; this many columns are made of them. */
const DESTINATION_COLUMNS_MAX = 32;

/**
 * A batch as CSV (RFC 4180, UTF-8): a line a redemption, in the order in which they were asked for, with
 * empty columns for the result. What a spreadsheet would take for a formula has an apostrophe before it.
 */
export async function exportBatch(
  tx: Tx,
  { programId, batchId, withDestination }: { programId: string; batchId: string; withDestination: boolean },
): Promise<{ readonly csv: string; readonly lines: number }> {
  const rows = await tx.redemption.findMany({
    where: { programId, batchId },
    include: { member: { select: { externalId: true, hostId: true } } },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  });
  const columns = withDestination ? columnsOf(rows.map(({ destination }) => fieldsOf(destination))) : [];
  const lines = rows.map((row) => {
    const payout = payoutAmount(row);
    const fields = fieldsOf(row.destination);
    return [
      row.id,
      hostIdOf(row.member),
      payout.minor.toString(),
      payout.unit,
      formatMoney(payout),
      iso(row.createdAt),
      row.status,
      ...columns.map((name) => fields[name] ?? ''),
      '',
      '',
    ];
  });
  const head = [
    'redemption_id',
    'external_id',
    'amount_minor',
    'unit',
    'amount',
    'requested_at',
    'status',
    ...columns.map((name) => `destination.${name}`),
    'outcome',
    'reference',
  ];
  return { csv: csvForPeople([head, ...lines]), lines: rows.length };
}

/** The fields of a destination that are texts. */
export function fieldsOf(destination: unknown): Readonly<Record<string, string>> {
  if (destination === null || typeof destination !== 'object') return {};
  const texts = Object.entries(destination).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(texts);
}

function columnsOf(all: readonly Readonly<Record<string, string>>[]): string[] {
  return [...new Set(all.flatMap(Object.keys))].sort().slice(0, DESTINATION_COLUMNS_MAX);
}
