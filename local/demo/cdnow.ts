import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../prisma/root.ts';
import { UserError } from '../user-error.ts';

/** One purchase. `ordinal`: which of its customer's it is, the first being 1. */
export interface Purchase {
  readonly customer: string;
  readonly ordinal: number;
  /** Midnight UTC of the day; the data has no time of day. */
  readonly day_ms: number;
  /** US cents. */
  readonly cents: bigint;
}

const LINE = /^(\d{5}) +\d{4} +(\d{4})(\d{2})(\d{2}) +\d+ +(\d+)\.(\d{2})$/;

function parseLine(line: string, number: number): Omit<Purchase, 'ordinal'> {
  const [, customer = '', year, month, day, dollars, cents] = LINE.exec(line.trim()) ?? [];
  const date = `${year}-${month}-${day}`;
  const day_ms = Date.parse(`${date}T00:00:00Z`);
  // Date.parse reads 30 February as 2 March in some engines and as no date in others.
  const isDate = !Number.isNaN(day_ms) && new Date(day_ms).toISOString().startsWith(date);
  if (customer === '' || !isDate) {
    throw new UserError(
      `Line ${number} of the CDNOW sample is no purchase: restore local/demo/data/cdnow_sample.txt ` +
        'as it was published.',
    );
  }
  return { customer, day_ms, cents: BigInt(`${dollars}${cents}`) };
}

/**
 * Reads purchases as published: customer id, id in the sample, date, number of CDs and dollars, one a line.
 * Ordered by day, then by customer, then as they stand in the file. Errors: `UserError` naming the line that
 * is no purchase.
 */
export function parseCdnow(text: string): Purchase[] {
  const rows = text
    .split('\n')
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line.trim() !== '')
    .map(({ line, number }) => parseLine(line, number));
  rows.sort(
    (a, b) => a.day_ms - b.day_ms || (a.customer < b.customer ? -1 : a.customer > b.customer ? 1 : 0),
  );
  const counts = new Map<string, number>();
  return rows.map((row) => {
    const ordinal = (counts.get(row.customer) ?? 0) + 1;
    counts.set(row.customer, ordinal);
    return { ...row, ordinal };
  });
}

/** The sample in the folder beside this code. */
export function readCdnow(): Purchase[] {
  return parseCdnow(
    readFileSync(path.join(projectRoot(), 'local', 'demo', 'data', 'cdnow_sample.txt'), 'utf8'),
  );
}

/** Customers in the order of their first purchase, the first `count` of them. */
export function customersOf(purchases: readonly Purchase[], count: number): string[] {
  return purchases
    .filter(({ ordinal }) => ordinal === 1)
    .map(({ customer }) => customer)
    .slice(0, count);
}
