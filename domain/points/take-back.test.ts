import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pointsFor } from './award.ts';
import type { AchievementTest, PointAward } from './policy.ts';
import {
  type ActionRest,
  decideRest,
  decideTakeBack,
  type RefundableAction,
  type RefundableAward,
  type RulePosting,
} from './take-back.ts';

const T0 = Date.UTC(2026, 2, 1);
const HOUR_MS = 3_600_000;
const usd = (minor: bigint) => ({ minor, unit: 'USD' });

const purchase = (minor: bigint | null, changes: Partial<RefundableAction> = {}): RefundableAction => ({
  eventId: 'bought',
  occurred_at_ms: T0,
  value: minor === null ? null : usd(minor),
  refunded_minor: 0n,
  whole: false,
  ...changes,
});

function restAfter(action: RefundableAction, refund: bigint | null): ActionRest {
  const rest = decideRest(action, refund === null ? null : usd(refund));
  if (!rest.ok) throw new Error(rest.code);
  return rest.value;
}

describe('what a refund leaves', () => {
  test.each<[string, RefundableAction, { minor: bigint; unit: string } | null, object]>([
    ['a part leaves the difference', purchase(900n), usd(200n), { whole: false, value: usd(700n) }],
    ['earlier refunds count', purchase(900n, { refunded_minor: 700n }), usd(200n), { whole: true }],
    ['no value takes all that is left', purchase(900n), null, { whole: true, value: null }],
    ['an action without a value goes whole', purchase(null), usd(1n), { whole: true, value: null }],
  ])('%s', (_name, action, refund, rest) => {
    expect(decideRest(action, refund)).toMatchObject({ ok: true, value: rest });
  });

  test.each<[string, RefundableAction, { minor: bigint; unit: string } | null]>([
    ['already_refunded', purchase(900n, { whole: true }), null],
    ['unit_mismatch', purchase(900n), { minor: 1n, unit: 'EUR' }],
    ['refund_too_large', purchase(900n, { refunded_minor: 700n }), usd(201n)],
  ])('%s is the answer to a refund that does not fit', (code, action, refund) => {
    expect(decideRest(action, refund)).toMatchObject({ ok: false, code });
  });
});

const awards: fc.Arbitrary<PointAward> = fc.oneof(
  fc.record({ kind: fc.constant('fixed' as const), points: fc.integer({ min: 1, max: 1_000 }) }),
  fc.record({
    kind: fc.constant('per_value' as const),
    points: fc.integer({ min: 1, max: 50 }),
    per: fc.bigInt({ min: 1n, max: 500n }).map(usd),
    rounding: fc.constantFrom('down' as const, 'half_even' as const),
  }),
);

/** A purchase, its posting (which a cap may have cut), and refunds that fit into its value. */
const lives = fc
  .record({
    award: awards,
    minor: fc.bigInt({ min: 1n, max: 100_000n }),
    cap: fc.bigInt({ min: 1n, max: 5_000n }),
    parts: fc.array(fc.nat({ max: 100 }), { minLength: 1, maxLength: 8 }),
  })
  .map(({ award, minor, cap, parts }) => {
    const wanted = pointsFor(award, usd(minor));
    const wanted_minor = wanted.ok ? wanted.value : 0n;
    const isCut = wanted_minor > cap;
    const amount_minor = isCut ? cap : wanted_minor;
    const total = BigInt(parts.reduce((sum, part) => sum + part, 1));
    const refunds = parts.map((part) => (minor * BigInt(part)) / total).filter((part) => part > 0n);
    const posting: RulePosting = { id: 'p', award, amount_minor, reversed_minor: 0n };
    return { minor, refunds, posting };
  });

/** Refunds one after the other. Returns how many points each took back. */
function play(minor: bigint, posting: RulePosting, refunds: readonly (bigint | null)[]): bigint[] {
  let refunded_minor = 0n;
  let { reversed_minor } = posting;
  return refunds.map((refund) => {
    const action = purchase(minor, { refunded_minor });
    const rest = restAfter(action, refund);
    const facts = { postings: [{ ...posting, reversed_minor }], awards: [] };
    const lost_minor = decideTakeBack(action, rest, facts).losses[0]?.lost_minor ?? 0n;
    refunded_minor += refund ?? 0n;
    reversed_minor += lost_minor;
    return lost_minor;
  });
}

const sum = (amounts: readonly bigint[]) => amounts.reduce((total, amount) => total + amount, 0n);

describe('points that a refund takes back', () => {
  test('no refund takes less than nothing, and all together never take more than was given', () => {
    fc.assert(
      fc.property(lives, ({ minor, refunds, posting }) => {
        const losses = play(minor, posting, refunds);
        expect(losses.every((lost_minor) => lost_minor >= 0n)).toBe(true);
        expect(sum(losses) <= posting.amount_minor).toBe(true);
      }),
    );
  });

  test('a series of refunds that ends in the whole takes back exactly what was given', () => {
    fc.assert(
      fc.property(lives, ({ minor, refunds, posting }) => {
        expect(sum(play(minor, posting, [...refunds, null]))).toBe(posting.amount_minor);
        const left_minor = minor - sum(refunds);
        expect(sum(play(minor, posting, [...refunds, left_minor]))).toBe(posting.amount_minor);
      }),
    );
  });

  test('a series of refunds takes back as much as one refund of their sum', () => {
    fc.assert(
      fc.property(lives, ({ minor, refunds, posting }) => {
        if (refunds.length === 0) return;
        expect(sum(play(minor, posting, refunds))).toBe(sum(play(minor, posting, [sum(refunds)])));
      }),
    );
  });

  test.each<[string, PointAward | null, bigint | null, bigint[]]>([
    ['a part takes nothing of fixed points', { kind: 'fixed', points: 10 }, 500n, []],
    ['the whole takes fixed points', { kind: 'fixed', points: 10 }, null, [10n]],
    ['a part takes nothing of a rule that is gone', null, 500n, []],
    ['the whole takes the points of a rule that is gone', null, null, [10n]],
    [
      'a part takes its share of points by value',
      { kind: 'per_value', points: 1, per: usd(100n), rounding: 'down' },
      301n,
      [4n],
    ],
  ])('%s', (_name, award, refund, losses) => {
    const action = purchase(1_000n);
    const postings = [{ id: 'p', award, amount_minor: 10n, reversed_minor: 0n }];
    const decision = decideTakeBack(action, restAfter(action, refund), { postings, awards: [] });
    expect(decision.losses.map(({ lost_minor }) => lost_minor)).toEqual(losses);
  });
});

const awardOf = (
  achievement: AchievementTest,
  facts: Partial<RefundableAward> & Pick<RefundableAward, 'id'>,
): RefundableAward => ({
  test: achievement,
  span: { from_ms: T0, reached_ms: T0 + HOUR_MS, zone: 'UTC' },
  place: 1,
  eventId: 'bought',
  eventCounts: true,
  actions: [],
  count: 0,
  ...facts,
});

function lostBy(refund: bigint | null, award: Omit<RefundableAward, 'id'>): boolean {
  const action = purchase(600n);
  const facts = { postings: [], awards: [{ ...award, id: 'a' }] };
  const { lostAwards, validAwards } = decideTakeBack(action, restAfter(action, refund), facts);
  expect(lostAwards.length + validAwards.length).toBe(1);
  return lostAwards.length === 1;
}

describe('awards that a refund takes back', () => {
  const nth = { kind: 'nth', event: 'purchase', count: 3 } as const;
  const sumTest = { kind: 'sum', event: 'purchase', at_least: usd(1_000n), days: 7 } as const;
  const first = (within: 'member' | 'program') => ({ kind: 'first', event: 'purchase', within }) as const;
  const spent = (eventId: string, minor: bigint, hours = 0) => ({
    eventId,
    at_ms: T0 + hours * HOUR_MS,
    value: usd(minor),
  });
  const two = [spent('bought', 600n), spent('other', 500n, 1)];

  test.each<[string, bigint | null, Omit<RefundableAward, 'id'>, boolean]>([
    ['the third of three is lost', null, awardOf(nth, { id: 'a', count: 3 }), true],
    ['the third of four stays', null, awardOf(nth, { id: 'a', count: 4 }), false],
    ['the second three of six are lost', null, awardOf(nth, { id: 'a', count: 6, place: 2 }), true],
    ['a part lowers no count', 100n, awardOf(nth, { id: 'a', count: 3 }), false],
    ['the member’s only action is lost', null, awardOf(first('member'), { id: 'a', count: 1 }), true],
    ['the member has another first', null, awardOf(first('member'), { id: 'a', count: 2 }), false],
    ['the very first of the program is lost', null, awardOf(first('program'), { id: 'a' }), true],
    ['a part leaves it first', 599n, awardOf(first('program'), { id: 'a' }), false],
    ['another was first', null, awardOf(first('program'), { id: 'a', eventId: 'other' }), false],
    ['a sum that stays enough', 100n, awardOf(sumTest, { id: 'a', actions: two, count: 2 }), false],
    ['a sum that lacks one unit', 101n, awardOf(sumTest, { id: 'a', actions: two, count: 2 }), true],
  ])('%s', (_name, refund, award, isLost) => {
    expect(lostBy(refund, award)).toBe(isLost);
  });

  test('of several awards by number the latest are lost first, as many as no longer count', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 5 }), (count, every) => {
        const each: AchievementTest = { ...nth, count: every };
        const places = Array.from({ length: Math.floor(count / every) }, (_, index) => index + 1).reverse();
        const earned = places.map((place) => awardOf(each, { id: String(place), place, count }));
        const action = purchase(600n);
        const facts = { postings: [], awards: earned };
        const { lostAwards, validAwards } = decideTakeBack(action, restAfter(action, null), facts);
        expect(validAwards.length).toBe(Math.floor((count - 1) / every));
        expect(lostAwards).toEqual(earned.slice(0, lostAwards.length));
      }),
    );
  });

  test('an action outside an award’s reach costs it nothing, whatever else is known of it', () => {
    const far = { from_ms: T0 - 20 * 24 * HOUR_MS, reached_ms: T0 - 8 * 24 * HOUR_MS, zone: 'UTC' };
    expect(lostBy(null, awardOf(sumTest, { id: 'a', span: far, actions: [] }))).toBe(false);
  });
});
