import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  grantPosting,
  mergeAvailablePosting,
  mergeOwedPosting,
  mergePendingPosting,
  reversePosting,
} from '../domain/ledger/postings.ts';
import { must } from '../domain/refusal.ts';
import { DAY_MS } from '../domain/time.ts';
import { useDatabase } from '../tests/support/database.ts';
import { createFixture, NOW_MS } from '../tests/support/ledger.ts';
import { balancesOf } from './balances.ts';

const database = useDatabase({ isProved: true });

/** A lot that expires so many days from now; null: never. */
interface Lot {
  readonly minor: bigint;
  readonly days: number | null;
}

interface Side {
  readonly lots: readonly Lot[];
  readonly owed_minor: bigint;
  readonly pending_minor: bigint;
}

const lot = fc.record({ minor: fc.bigInt(1n, 900n), days: fc.option(fc.integer({ min: 1, max: 4 })) });
const side: fc.Arbitrary<Side> = fc.record({
  lots: fc.array(lot, { maxLength: 5 }),
  owed_minor: fc.constantFrom(0n, 0n, 1n, 700n, 3_000n),
  pending_minor: fc.constantFrom(0n, 250n),
});

const inOrder = (lots: readonly Lot[]) => lots.toSorted((a, b) => (a.days ?? 99) - (b.days ?? 99));

const least = (a: bigint, b: bigint): bigint => (a > b ? b : a);

/** Takes an amount from lots, first what expires first. Returns what is left of both. */
function take(
  lots: readonly Lot[],
  minor: bigint,
): { readonly left: readonly Lot[]; readonly missing: bigint } {
  let missing = minor;
  const left = inOrder(lots).flatMap((one) => {
    const part = least(one.minor, missing);
    missing -= part;
    return one.minor > part ? [{ ...one, minor: one.minor - part }] : [];
  });
  return { left, missing };
}

/** Lots by day, those of one day together. */
const byDay = (lots: readonly Lot[]) =>
  inOrder(lots).reduce(
    (days, { days: day, minor }) => days.set(String(day), (days.get(String(day)) ?? 0n) + minor),
    new Map<string, bigint>(),
  );

/** Two members, of whom each has what a side says, though nobody owes anything and has something at once. */
async function seed(sides: readonly [Side, Side]) {
  const fixture = await createFixture(database.db, 2);
  const [goesId = '', staysId = ''] = fixture.members;
  const common = (memberId: string, amount_minor: bigint, key: string = crypto.randomUUID()) => ({
    ...{ key, unit: 'USD' as const, memberId, amount_minor, occurred_at_ms: NOW_MS },
  });
  for (const [nth, { lots, owed_minor, pending_minor }] of sides.entries()) {
    const memberId = nth === 0 ? goesId : staysId;
    if (owed_minor > 0n) {
      const taken = {
        ...common(memberId, owed_minor),
        held_minor: 0n,
        origin: null,
        endsHold: false,
        isWhole: false,
      };
      must(await fixture.post(reversePosting(taken)));
    } else {
      for (const { minor, days } of lots) {
        const options = days === null ? {} : { expires_at_ms: NOW_MS + days * DAY_MS };
        await fixture.give(minor, { memberId, ...options });
      }
    }
    if (pending_minor > 0n) {
      const held = { ...common(memberId, pending_minor), held: true, lot_expires_at_ms: null };
      must(await fixture.post(grantPosting(held)));
    }
  }
  return { ...fixture, goesId, staysId, common };
}

async function lotsOf(programId: string, memberId: string): Promise<Lot[]> {
  const rows = await database.db.ledgerLot.findMany({
    where: { account: { programId, memberId }, remainingMinor: { gt: 0n } },
  });
  return rows.map(({ remainingMinor, expiresAt }) => ({
    minor: remainingMinor,
    days: expiresAt === null ? null : (expiresAt.getTime() - NOW_MS) / DAY_MS,
  }));
}

test('holds, lots and debts of two accounts add up, and each lot expires when it did', async () => {
  await fc.assert(
    fc.asyncProperty(side, side, async (mine, theirs) => {
      const seeded = await seed([mine, theirs]);
      const { programId, goesId, staysId, common } = seeded;
      const into = (amount_minor: bigint, kind: string) => ({
        ...common(goesId, amount_minor, `merge:1:USD:${kind}`),
        intoMemberId: staysId,
      });
      const [has] = await balancesOf(database.db, programId, goesId, new Date(NOW_MS));
      const { pending_minor = 0n, available_minor = 0n, owed_minor = 0n } = has ?? {};
      const postings = [
        ...(pending_minor > 0n ? [mergePendingPosting(into(pending_minor, 'pending'))] : []),
        ...(available_minor > 0n ? [mergeAvailablePosting(into(available_minor, 'available'))] : []),
        ...(owed_minor < 0n ? [mergeOwedPosting(into(-owed_minor, 'owed'))] : []),
      ];
      must(await seeded.post(...postings));
      // The same again is what is on record.
      expect(must(await seeded.post(...postings)).every(({ replayed }) => replayed)).toBe(true);

      const lots = [mine, theirs].flatMap((one) => (one.owed_minor > 0n ? [] : one.lots));
      const { left, missing } = take(lots, mine.owed_minor + theirs.owed_minor);
      expect(byDay(await lotsOf(programId, staysId))).toEqual(byDay(left));
      expect(await lotsOf(programId, goesId)).toEqual([]);
      const [gone] = await balancesOf(database.db, programId, goesId, new Date(NOW_MS));
      const none = { pending_minor: 0n, available_minor: 0n, owed_minor: 0n };
      expect(gone ?? none).toMatchObject(none);
      const [after] = await balancesOf(database.db, programId, staysId, new Date(NOW_MS));
      expect(after ?? { owed_minor: 0n, pending_minor: 0n }).toMatchObject({
        owed_minor: -missing,
        pending_minor: mine.pending_minor + theirs.pending_minor,
      });
    }),
    { numRuns: 25 },
  );
});
