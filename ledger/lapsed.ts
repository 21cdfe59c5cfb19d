import type { Posting } from '../domain/ledger/posting.ts';
import { revivePosting } from '../domain/ledger/postings.ts';
import type { Tx } from '../prisma/client.ts';
import { Prisma } from '../prisma/generated/client.ts';
import { expiriesOf } from './expiry.ts';

// What has expired of grants that are taken back: it is booked, and goes back with them.

interface Lapsed {
  readonly origin: string;
  readonly lapsed_minor: bigint;
}

/** The postings that take grants back, as far as those are not on hold. */
const backsOf = (postings: readonly Posting[]) =>
  postings.flatMap((posting) => {
    const leg = posting.legs.find(({ account }) => account.kind === 'available');
    const { intent, origin } = posting;
    if (intent !== 'reverse' || origin === null || leg === undefined) return [];
    return [{ posting, origin, taken_minor: -leg.amount_minor, memberId: leg.account.memberId ?? '' }];
  });

const originsOf = (postings: readonly Posting[]): string[] => [
  ...new Set(backsOf(postings).map(({ origin }) => origin)),
];

/**
 * The expiries to book before grants are taken back: of their lots that have expired by then, and of all that
 * the same balances hold which expires before, since an expiry takes the first.
 */
export async function unbookedOf(
  tx: Tx,
  programId: string,
  postings: readonly Posting[],
): Promise<readonly Posting[]> {
  const now = new Date(Math.max(...postings.map(({ occurred_at_ms }) => occurred_at_ms)));
  return await expiriesOf(
    tx,
    now,
    Prisma.sql`(l.account_id, l.expires_at, l.id) IN (
      SELECT f.account_id, f.expires_at, f.id
      FROM ledger_transactions t, ledger_unbooked(t.id, ${now}::timestamptz) AS u (id)
      JOIN ledger_lots o ON o.id = u.id
      JOIN ledger_lots f ON f.account_id = o.account_id AND f.open
        AND (f.expires_at, f.id) <= (o.expires_at, o.id)
      WHERE t.program_id = ${programId}::uuid AND t.key = ANY(${originsOf(postings)}))`,
  );
}

/** The same postings, and before each that takes a grant back one that revives what lapsed of it. */
export async function withRevived(
  tx: Tx,
  programId: string,
  postings: readonly Posting[],
): Promise<readonly Posting[]> {
  const rows = await tx.$queryRaw<Lapsed[]>`
    SELECT t.key AS origin, ledger_lapsed(t.id) AS lapsed_minor FROM ledger_transactions t
    WHERE t.program_id = ${programId}::uuid AND t.key = ANY(${originsOf(postings)})`;
  const left = new Map(rows.map(({ origin, lapsed_minor }) => [origin, lapsed_minor]));
  const backs = backsOf(postings);
  return postings.flatMap((posting) => {
    const back = backs.find((it) => it.posting === posting);
    if (back === undefined) return [posting];
    const { origin, taken_minor, memberId } = back;
    const lapsed_minor = left.get(origin) ?? 0n;
    const amount_minor = lesser(lapsed_minor, taken_minor);
    if (amount_minor === 0n) return [posting];
    left.set(origin, lapsed_minor - amount_minor);
    const { unit, occurred_at_ms } = posting;
    const revived = revivePosting({
      key: `revive:${posting.key}`,
      ...{ unit, amount_minor, memberId, occurred_at_ms, origin },
      lot_expires_at_ms: null,
    });
    return [revived, posting];
  });
}

const lesser = (a: bigint, b: bigint): bigint => (a < b ? a : b);
