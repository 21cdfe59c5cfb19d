import fc from 'fast-check';

/** A purchase of a friend's. */
export interface Purchase {
  readonly key: string;
  readonly day: number;
  readonly minor: bigint;
}

export interface Refund {
  readonly key: string;
  /** A purchase, or a refund that is taken back. */
  readonly of: string;
  /** Null: all that is left. */
  readonly minor: bigint | null;
}

/** What one friend bought and what was refunded of it; the key of each says what it is. */
export interface History {
  readonly purchases: readonly Purchase[];
  readonly refunds: readonly Refund[];
}

/** Refunds of a purchase: of all of it, of a third, or of a third and a half; some are taken back. */
const refundsOf = ({ key, minor }: Purchase): fc.Arbitrary<Refund[]> => {
  const one = (nth: number, part: bigint | null) => ({ key: `-${nth}${key}`, of: key, minor: part });
  const all = fc.constantFrom<Refund[]>(
    [one(1, null)],
    [one(1, minor)],
    [one(1, minor)],
    [one(1, minor / 3n)],
    [one(1, minor / 3n), one(2, minor / 2n)],
  );
  return all.chain((refunds) =>
    fc
      .subarray(refunds)
      .map((back) => [...refunds, ...back.map((it) => ({ key: `+${it.key}`, of: it.key, minor: null }))]),
  );
};

/** Up to `purchases_max` purchases, some at one moment, of around 20.00, and refunds of some of them. */
export const histories = (purchases_max: number): fc.Arbitrary<History> =>
  fc
    .array(fc.oneof(fc.integer({ min: 1, max: 23 }), fc.constantFrom(2, 9)), {
      minLength: 1,
      maxLength: purchases_max,
    })
    .chain((days) =>
      fc.tuple(
        ...days.map((day, nth) =>
          fc.record({
            key: fc.constant(`o${day}.${nth}`),
            day: fc.constant(day),
            minor: fc.constantFrom(999n, 1_999n, 2_000n, 3_333n, 5_000n),
          }),
        ),
      ),
    )
    .chain((purchases) =>
      fc.record({
        purchases: fc.constant(purchases),
        refunds: fc
          .subarray(purchases)
          .chain((refunded) => fc.tuple(...refunded.map(refundsOf)))
          .map((each) => each.flat()),
      }),
    );

/** Where each of up to 40 steps comes in a random order. Whole numbers, since doubles crowd near zero. */
export const weights = fc.array(fc.nat(1_000), { minLength: 40, maxLength: 40 });

/** Something that comes, and the key of what it cannot come before. */
export interface Arrival<S> {
  readonly step: S;
  readonly key: string;
  readonly after: string | null;
}

/** The steps in the order that the weights say, each after what it builds on. */
export function inOrder<S>(arrivals: readonly Arrival<S>[], order: readonly number[]): S[] {
  const placed = new Map<string, number>();
  const steps = arrivals.map(({ step, key, after }, nth) => {
    const from = after === null ? 0 : (placed.get(after) ?? 0) + 0.5;
    const weight = Math.max(order[nth % order.length] ?? 0, from);
    placed.set(key, weight);
    return { step, weight };
  });
  return steps.toSorted((a, b) => a.weight - b.weight).map(({ step }) => step);
}
