import fc from 'fast-check';
import { expect, test } from 'vitest';
import { restorePosting } from '../domain/ledger/postings.ts';
import { must } from '../domain/refusal.ts';
import { useDatabase } from '../tests/support/database.ts';
import { common, createFixture, NOW_MS } from '../tests/support/ledger.ts';
import { balancesOf } from './balances.ts';
import { expiredLots } from './expiry.ts';

/** The same events in another order, or with expiries booked at other moments, from `NOW_MS` on. */
const database = useDatabase({ isProved: true });

const END = 40;

interface Grant {
  readonly minor: bigint;
  readonly expires: number | null;
}

interface Held extends Grant {
  readonly key: string;
  reversed_minor: bigint;
}

const grantOf: fc.Arbitrary<Grant> = fc.record({
  minor: fc.bigInt({ min: 1n, max: 20n }),
  expires: fc.option(fc.integer({ min: 2, max: 30 })),
});

const lesser = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/** A program's member in a world of their own. */
async function world() {
  const { programId, member, give, post, postings } = await createFixture(database.db);
  let count = 0;
  const key = (kind: string) => {
    count += 1;
    return `${kind}:${count}`;
  };
  const open: { readonly key: string; readonly minor: bigint }[] = [];
  const shown = async (at: number) => {
    const [balance] = await balancesOf(database.db, programId, member, new Date(NOW_MS + at));
    return { available_minor: balance?.available_minor ?? 0n, owed_minor: balance?.owed_minor ?? 0n };
  };
  const atTime = (at: number) => ({ occurred_at_ms: NOW_MS + at });
  return {
    shown,
    async give({ minor, expires }: Grant): Promise<Held> {
      const own = await give(minor, expires === null ? {} : { expires_at_ms: NOW_MS + expires });
      return { minor, expires, key: own, reversed_minor: 0n };
    },
    async back(grant: Held, wanted: bigint, at: number): Promise<bigint> {
      const part = lesser(wanted, grant.minor - grant.reversed_minor);
      if (part === 0n) return 0n;
      must(await post({ ...postings.reverse(key('reverse'), part, grant.key, false), ...atTime(at) }));
      grant.reversed_minor += part;
      return part;
    },
    async again(grant: Held, wanted: bigint, at: number): Promise<bigint> {
      const part = lesser(wanted, grant.reversed_minor);
      if (part === 0n) return 0n;
      const lot_expires_at_ms = grant.expires === null ? null : NOW_MS + grant.expires;
      const of = { held: false, origin: grant.key, lot_expires_at_ms };
      must(
        await post({ ...restorePosting({ ...common(key('restore'), part, member), ...of }), ...atTime(at) }),
      );
      grant.reversed_minor -= part;
      return part;
    },
    async spend(wanted: bigint, at: number): Promise<void> {
      const minor = lesser(wanted, (await shown(at)).available_minor);
      if (minor === 0n) return;
      const reserve = { key: key('reserve'), minor };
      must(await post({ ...postings.reserve(reserve.key, minor), ...atTime(at) }));
      open.push(reserve);
    },
    async release(at: number): Promise<void> {
      const reserve = open.pop();
      if (reserve === undefined) return;
      must(await post({ ...postings.release(key('release'), reserve.minor, reserve.key), ...atTime(at) }));
    },
    async book(at: number): Promise<void> {
      for (const lot of await expiredLots(database.db, new Date(NOW_MS + at), 100)) {
        if (lot.programId === programId) must(await post(lot.posting));
      }
    },
  };
}

type World = Awaited<ReturnType<typeof world>>;

interface Deed {
  readonly kind: 'give' | 'back' | 'again' | 'spend' | 'release';
  readonly grant: Grant;
  readonly nth: number;
  readonly minor: bigint;
  readonly isBooked: boolean;
  readonly isBookedElse: boolean;
}

const deed: fc.Arbitrary<Deed> = fc.record({
  kind: fc.constantFrom('give', 'give', 'back', 'back', 'back', 'again', 'spend', 'release'),
  grant: grantOf,
  nth: fc.nat(5),
  minor: fc.bigInt({ min: 1n, max: 20n }),
  isBooked: fc.boolean(),
  isBookedElse: fc.boolean(),
});

const net = async (of: World, at: number) => {
  const { available_minor, owed_minor } = await of.shown(at);
  return available_minor + owed_minor;
};

/** Does one deed. What goes back costs no more than that, and what comes back gives no more. */
async function does(of: World, { kind, grant, nth, minor }: Deed, grants: Held[], at: number) {
  const one = grants[nth % grants.length];
  const before_minor = await net(of, at);
  if (kind === 'give') grants.push(await of.give({ ...grant, expires: grant.expires && grant.expires + at }));
  else if (kind === 'spend') await of.spend(minor, at);
  else if (kind === 'release') await of.release(at);
  else if (one !== undefined) {
    const moved_minor = kind === 'back' ? -(await of.back(one, minor, at)) : await of.again(one, minor, at);
    const change_minor = (await net(of, at)) - before_minor;
    const [low, high] = moved_minor < 0n ? [moved_minor, 0n] : [0n, moved_minor];
    expect(change_minor >= low && change_minor <= high).toBe(true);
  }
}

test('whenever expiries are booked, balances are the same, and a refund costs at most itself', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { minLength: 3, maxLength: 18 }), async (deeds) => {
      const [one, other] = [await world(), await world()];
      const [grants, others]: [Held[], Held[]] = [[], []];
      for (const [at, it] of deeds.entries()) {
        if (it.isBooked) await one.book(at);
        if (it.isBookedElse) await other.book(at);
        await does(one, it, grants, at);
        await does(other, it, others, at);
        expect(await one.shown(at)).toEqual(await other.shown(at));
      }
      await one.book(END);
      expect(await one.shown(END)).toEqual(await other.shown(END));
    }),
    { numRuns: 60, endOnFailure: true },
  );
}, 240_000);

interface Arrival {
  readonly of: number;
  readonly minor: bigint;
  /** Its own time, and when it comes in either order. */
  readonly at: number;
  readonly comes: number;
  readonly comesElse: number;
  readonly isTakenBack: boolean;
}

const arrival: fc.Arbitrary<Arrival> = fc.record({
  of: fc.nat(3),
  minor: fc.bigInt({ min: 1n, max: 12n }),
  at: fc.integer({ min: 1, max: 35 }),
  comes: fc.integer({ min: 1, max: 39 }),
  comesElse: fc.integer({ min: 1, max: 39 }),
  isTakenBack: fc.boolean(),
});

/** What arrives, in its order, with expiries booked on the way. */
async function arrive(grants: readonly Grant[], arrivals: readonly (Arrival & { readonly now: number })[]) {
  const it = await world();
  const held: Held[] = [];
  for (const grant of grants) held.push(await it.give(grant));
  for (const { of, minor, at, now, isTakenBack } of arrivals.toSorted((a, b) => a.now - b.now)) {
    await it.book(now);
    const grant = held[of % held.length];
    if (grant === undefined) continue;
    const part = await it.back(grant, minor, at);
    if (isTakenBack && part > 0n) await it.again(grant, part, Math.max(at, now));
  }
  await it.book(END);
  return await it.shown(END);
}

test('whenever refunds come, before what they take has expired or after, balances end the same', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(grantOf, { minLength: 1, maxLength: 4 }),
      fc.array(arrival, { maxLength: 6 }),
      async (grants, arrivals) => {
        const one = await arrive(
          grants,
          arrivals.map((it) => ({ ...it, now: Math.max(it.at, it.comes) })),
        );
        const other = await arrive(
          grants,
          arrivals.map((it) => ({ ...it, now: Math.max(it.at, it.comesElse) })),
        );
        expect(other).toEqual(one);
        expect(one.owed_minor).toBe(0n);
      },
    ),
    { numRuns: 60, endOnFailure: true },
  );
}, 240_000);
