import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { must } from '../refusal.ts';
import { accountKey, applyPosting, type Balances, noBalances } from './model.ts';
import type { AccountKind, Posting } from './posting.ts';
import {
  expirePosting,
  grantPosting,
  maturePosting,
  releasePosting,
  reservePosting,
  reversePosting,
  settlePosting,
} from './postings.ts';

const common = (amount_minor: bigint, memberId = 'm1') => ({
  key: 'k',
  unit: 'USD',
  amount_minor,
  memberId,
  occurred_at_ms: 1_000,
});
const grant = (a: bigint, held = true, m = 'm1') =>
  grantPosting({ ...common(a, m), held, lot_expires_at_ms: held ? null : 9_000 });
const mature = (a: bigint, m = 'm1') =>
  maturePosting({ ...common(a, m), hold: 'g', lot_expires_at_ms: 9_000 });
const reverse = (a: bigint, held_minor: bigint, m = 'm1') =>
  reversePosting({ ...common(a, m), held_minor, origin: 'g', endsHold: false, isWhole: false });
const reserve = (a: bigint, m = 'm1') => reservePosting(common(a, m));
const settle = (a: bigint, m = 'm1') => settlePosting({ ...common(a, m), reserve: 'r' });
const release = (a: bigint, m = 'm1') => releasePosting({ ...common(a, m), reserve: 'r' });
const expire = (a: bigint, m = 'm1') => expirePosting(common(a, m));

const EMPTY = noBalances('USD', null);
const run = (balances: Balances, ...postings: Posting[]): Balances =>
  postings.reduce((state, posting) => must(applyPosting(state, posting)).balances, balances);
/** Balances that are not 0, `kind` or `kind:member` each. */
const shown = (balances: Balances) =>
  Object.fromEntries(
    [...balances.minor].filter(([, minor]) => minor !== 0n).map(([key, minor]) => [key, minor]),
  );

describe('what each intent moves', () => {
  it.each<[string, Posting[], Record<string, bigint>]>([
    ['a held grant waits in pending', [grant(500n)], { 'budget:': -500n, 'pending:m1': 500n }],
    ['a grant at once is available', [grant(500n, false)], { 'budget:': -500n, 'available:m1': 500n }],
    ['a matured hold is available', [grant(500n), mature(500n)], { 'budget:': -500n, 'available:m1': 500n }],
    ['a reversal before maturity leaves nothing', [grant(500n), reverse(500n, 500n)], {}],
    ['a reversal after maturity leaves nothing', [grant(500n, false), reverse(500n, 0n)], {}],
    [
      'a reversal that the balance cannot meet is owed',
      [grant(500n, false), reserve(400n), reverse(500n, 0n)],
      { 'reserved:m1': 400n, 'owed:m1': -400n },
    ],
    [
      'a reversal beyond its own hold takes the hold, then the balance, then owes',
      [grant(100n), grant(50n, false), reverse(1_250n, 100n)],
      { 'budget:': 1_100n, 'owed:m1': -1_100n },
    ],
    [
      'a later grant first meets what is owed',
      [grant(400n, false), reserve(400n), reverse(400n, 0n), grant(500n, false)],
      { 'budget:': -500n, 'reserved:m1': 400n, 'available:m1': 100n },
    ],
    [
      'a hold that matures first meets what is owed',
      [grant(400n, false), reserve(400n), reverse(400n, 0n), grant(300n), mature(300n)],
      { 'budget:': -300n, 'reserved:m1': 400n, 'owed:m1': -100n },
    ],
    [
      'a reserve sets aside',
      [grant(500n, false), reserve(200n)],
      { 'budget:': -500n, 'available:m1': 300n, 'reserved:m1': 200n },
    ],
    [
      'a settled redemption is paid out',
      [grant(500n, false), reserve(500n), settle(500n)],
      { 'budget:': -500n, 'paid_out:': 500n },
    ],
    [
      'a released redemption is available again',
      [grant(500n, false), reserve(500n), release(500n)],
      { 'budget:': -500n, 'available:m1': 500n },
    ],
    ['an expired lot lapses', [grant(500n, false), expire(500n)], { 'budget:': -500n, 'breakage:': 500n }],
  ])('%s', (_name, postings, expected) => {
    expect(shown(run(EMPTY, ...postings))).toEqual(expected);
  });

  it('holds, reserves and lots are named by key where they are resolved, and nowhere else', () => {
    const none = { resolves: null, reverses: null, restores: null, origin: null, lot_expires_at_ms: null };
    expect(grant(5n)).toMatchObject(none);
    expect(grant(5n, false)).toMatchObject({ ...none, lot_expires_at_ms: 9_000 });
    expect(mature(5n)).toMatchObject({ ...none, resolves: 'g', lot_expires_at_ms: 9_000 });
    expect(settle(5n)).toMatchObject({ ...none, resolves: 'r' });
    expect(release(5n)).toMatchObject({ ...none, resolves: 'r', restores: 'r' });
    const held = { ...common(5n), held_minor: 5n, origin: 'g' };
    const whole = reversePosting({ ...held, endsHold: true, isWhole: true });
    expect(whole).toMatchObject({ ...none, origin: 'g', resolves: 'g', reverses: 'g' });
    expect(whole.legs).toHaveLength(2);
    expect(reversePosting({ ...held, endsHold: false, isWhole: false })).toMatchObject({
      ...none,
      origin: 'g',
    });
  });

  it('a posting of nothing, or of a held part beyond the whole, is a bug and throws', () => {
    expect(() => reserve(0n)).toThrow(RangeError);
    expect(() => grant(-1n)).toThrow(RangeError);
    expect(() => reverse(5n, 6n)).toThrow(RangeError);
    expect(() => reverse(5n, -1n)).toThrow(RangeError);
  });
});

describe('what is refused', () => {
  it('a debit below the floor is refused and moves nothing', () => {
    const before = run(EMPTY, grant(100n, false));
    for (const posting of [
      reserve(101n),
      expire(101n),
      settle(1n),
      release(1n),
      mature(1n),
      reverse(5n, 5n),
    ]) {
      expect(applyPosting(before, posting)).toMatchObject({ ok: false, code: 'floor_reached' });
    }
    expect(shown(before)).toEqual({ 'budget:': -100n, 'available:m1': 100n });
  });

  it('the budget grants up to its cap, not one unit more, and again what was taken back', () => {
    const full = run(noBalances('USD', 1_000n), grant(600n), grant(400n, false));
    expect(applyPosting(full, grant(1n))).toMatchObject({ ok: false, code: 'floor_reached' });
    expect(applyPosting(run(full, reverse(400n, 0n)), grant(400n)).ok).toBe(true);
  });

  it('a budget lowered below what is spent grants nothing until enough was taken back', () => {
    const lowered = { ...run(EMPTY, grant(600n)), budget_cap_minor: 500n };
    expect(applyPosting(lowered, grant(1n))).toMatchObject({ ok: false, code: 'floor_reached' });
    const spilling: Posting = {
      ...grant(1n),
      legs: [
        {
          account: { kind: 'budget', memberId: null },
          amount_minor: -1n,
          spill: { kind: 'owed', memberId: 'm1' },
        },
        { account: { kind: 'pending', memberId: 'm1' }, amount_minor: 1n, spill: null },
      ],
    };
    expect(shown(run(lowered, spilling))['budget:']).toBe(-600n);
    expect(applyPosting(run(lowered, reverse(101n, 101n)), grant(1n)).ok).toBe(true);
  });

  it('a credit above a ceiling with nowhere to spill is refused', () => {
    const posting: Posting = {
      ...grant(5n),
      legs: [
        { account: { kind: 'budget', memberId: null }, amount_minor: -5n, spill: null },
        { account: { kind: 'owed', memberId: 'm1' }, amount_minor: 5n, spill: null },
      ],
    };
    expect(applyPosting(EMPTY, posting)).toMatchObject({ ok: false, code: 'ceiling_reached' });
  });

  it('a posting in another unit is refused, and one that does not balance throws', () => {
    expect(applyPosting(noBalances('EUR', null), grant(5n))).toMatchObject({
      ok: false,
      code: 'unit_mismatch',
    });
    const { legs, ...rest } = grant(5n);
    expect(() => applyPosting(EMPTY, { ...rest, legs: legs.slice(1) })).toThrow('sum to');
  });
});

const members = fc.constantFrom('m1', 'm2');
const sizes = fc.bigInt({ min: 1n, max: 1_000n });
const anyPosting: fc.Arbitrary<Posting> = fc.oneof(
  fc.tuple(sizes, fc.boolean(), members).map(([a, held, m]) => grant(a, held, m)),
  fc.tuple(sizes, sizes, members).map(([a, h, m]) => reverse(a + h, h, m)),
  ...[mature, reserve, settle, release, expire].map((build) =>
    fc.tuple(sizes, members).map(([a, m]) => build(a, m)),
  ),
);
const caps = fc.option(fc.bigInt({ min: 0n, max: 5_000n }));

function isWithinBounds(key: string, minor: bigint, cap_minor: bigint | null): boolean {
  const kind = key.split(':')[0] as AccountKind;
  if (kind === 'budget') return cap_minor === null || minor >= -cap_minor;
  return kind === 'owed' ? minor <= 0n : minor >= 0n;
}

describe('any series of postings', () => {
  it('keeps the sum at zero and every account in its bounds, and a refusal changes nothing', () => {
    fc.assert(
      fc.property(fc.array(anyPosting, { maxLength: 60 }), caps, (postings, cap_minor) => {
        let balances = noBalances('USD', cap_minor);
        for (const posting of postings) {
          const before = new Map(balances.minor);
          const result = applyPosting(balances, posting);
          if (!result.ok) {
            expect(balances.minor).toEqual(before);
            continue;
          }
          balances = result.value.balances;
          expect(result.value.legs.reduce((sum, leg) => sum + leg.amount_minor, 0n)).toBe(0n);
          for (const leg of result.value.legs) {
            const key = accountKey(leg.account);
            before.set(key, (before.get(key) ?? 0n) + leg.amount_minor);
            expect(leg.amount_minor).not.toBe(0n);
          }
          expect(balances.minor).toEqual(before);
        }
        expect([...balances.minor.values()].reduce((sum, minor) => sum + minor, 0n)).toBe(0n);
        for (const [key, minor] of balances.minor) {
          expect([key, isWithinBounds(key, minor, cap_minor)]).toEqual([key, true]);
        }
      }),
    );
  });

  it('a grant and its reversal leave every balance as it was, whatever went before', () => {
    fc.assert(
      fc.property(
        fc.array(anyPosting, { maxLength: 30 }),
        sizes,
        fc.boolean(),
        members,
        (before, a, held, m) => {
          const start = before.reduce((state, posting) => {
            const result = applyPosting(state, posting);
            return result.ok ? result.value.balances : state;
          }, EMPTY);
          const after = run(start, grant(a, held, m), reverse(a, held ? a : 0n, m));
          const net = (state: Balances, kind: AccountKind) =>
            state.minor.get(accountKey({ kind, memberId: m })) ?? 0n;
          expect(after.minor.get('budget:')).toBe(start.minor.get('budget:') ?? 0n);
          expect(net(after, 'pending')).toBe(net(start, 'pending'));
          expect(net(after, 'available') + net(after, 'owed')).toBe(
            net(start, 'available') + net(start, 'owed'),
          );
          if (held) expect(shown(after)).toEqual(shown(start));
        },
      ),
    );
  });
});
