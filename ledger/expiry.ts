import type { Posting } from '../domain/ledger/posting.ts';
import { expirePosting } from '../domain/ledger/postings.ts';
import type { Database, Tx } from '../prisma/client.ts';
import { Prisma } from '../prisma/generated/client.ts';

/** What is left of a lot that has expired, and the posting that lets it lapse. */
export interface ExpiredLot {
  readonly programId: string;
  readonly lotId: bigint;
  readonly posting: Posting;
}

interface Row {
  readonly programId: string;
  readonly unit: string;
  readonly memberId: string;
  readonly lotId: bigint;
  readonly remaining_minor: bigint;
  readonly uses: number;
  readonly at: Date;
}

/**
 * Lots that have expired by `now` and still hold something, in the order in which their postings must be
 * posted: an account's first lot to expire comes first, because a debit takes that one. The key is
 * `expire:<lot>:<n>`, n being how often the lot was drawn on or restored: a release may restore value to a
 * lot that has lapsed, which then lapses again under another key. When a lot changes after this read, the
 * ledger refuses its posting (`lot_changed`), and the next read finds the lot as it is then.
 * @param limit The most lots to return.
 */
export async function expiredLots(db: Database | Tx, now: Date, limit: number): Promise<ExpiredLot[]> {
  return await lapsing(
    db,
    now,
    Prisma.sql`l.open AND l.expires_at <= ${now} ORDER BY l.expires_at, l.id LIMIT ${limit}`,
  );
}

/** The postings that let lots lapse which a condition names, in the same order, whenever they expire. */
export async function expiriesOf(tx: Tx, now: Date, which: Prisma.Sql): Promise<readonly Posting[]> {
  const lots = await lapsing(tx, now, Prisma.sql`${which} ORDER BY l.expires_at, l.id`);
  return lots.map(({ posting }) => posting);
}

/** Lots `l` that have lapsed: at `now`, or when they expire, if that is later. */
async function lapsing(db: Database | Tx, now: Date, which: Prisma.Sql): Promise<ExpiredLot[]> {
  const rows = await db.$queryRaw<Row[]>`
    SELECT a.program_id AS "programId", a.unit, a.member_id AS "memberId", l.id AS "lotId",
      l.remaining_minor, l.uses, greatest(l.expires_at, ${now}::timestamptz) AS at
    FROM ledger_lots l JOIN ledger_accounts a ON a.id = l.account_id
    WHERE ${which}`;
  return rows.map((row) => ({
    programId: row.programId,
    lotId: row.lotId,
    posting: expirePosting({
      key: `expire:${row.lotId}:${row.uses}`,
      unit: row.unit,
      amount_minor: row.remaining_minor,
      memberId: row.memberId,
      occurred_at_ms: row.at.getTime(),
    }),
  }));
}

/** A grant that expires at another time than it did. */
export interface ExpiryMove {
  /** The key of the grant. */
  readonly origin: string;
  readonly expires_at_ms: number;
}

/**
 * Has what comes of grants expire at other times, also what a redemption that is given up would bring back.
 * Locks the balances behind it until the end of the transaction. What has lapsed stays so until it is
 * revived. Returns how much that is, of each grant of which something has.
 */
export async function moveExpiries(
  tx: Tx,
  programId: string,
  moves: readonly ExpiryMove[],
): Promise<ReadonlyMap<string, bigint>> {
  if (moves.length === 0) return new Map();
  const rows = await tx.$queryRaw<{ origin: string; lapsed_minor: bigint }[]>`
    SELECT origin, lapsed_minor FROM ledger_move_expiry(${programId}::uuid, ${JSON.stringify(moves)}::jsonb)`;
  return new Map(rows.map(({ origin, lapsed_minor }) => [origin, lapsed_minor]));
}
