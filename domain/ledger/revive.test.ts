import { expect, test } from 'vitest';
import { applyPosting, type Balances, noBalances } from './model.ts';
import type { Posting } from './posting.ts';
import { expirePosting, grantPosting, reversePosting, revivePosting } from './postings.ts';

const common = (amount_minor: bigint) => ({
  ...{ key: 'k', unit: 'USD' as const, memberId: 'm1', occurred_at_ms: 1_000 },
  amount_minor,
});
const grant = grantPosting({ ...common(500n), held: false, lot_expires_at_ms: 900 });
const expire = expirePosting(common(500n));
const reverse = (minor: bigint) =>
  reversePosting({ ...common(minor), held_minor: 0n, origin: 'g', endsHold: false, isWhole: false });
const revive = (lot_expires_at_ms: number | null) =>
  revivePosting({ ...common(500n), origin: 'g', lot_expires_at_ms });

const run = (...postings: Posting[]) => {
  const after = postings.reduce<Balances>(
    (balances, posting) => {
      const applied = applyPosting(balances, posting);
      if (!applied.ok) throw new Error(applied.message);
      return applied.value.balances;
    },
    noBalances('USD', null),
  );
  return Object.fromEntries([...after.minor].filter(([, minor]) => minor !== 0n));
};

test('what lapsed is revived as its grant is taken back, and nothing is owed', () => {
  expect(run(grant, expire, revive(null), reverse(500n))).toEqual({});
});

test('what is revived because it expires later meets what is owed first', () => {
  expect(run(grant, expire, reverse(200n), revive(9_000))).toEqual({
    'budget:': -300n,
    'available:m1': 300n,
  });
});

test('what is revived is of a grant, and a lot of it that expires when it says', () => {
  expect(revive(null)).toMatchObject({ origin: 'g', lot_expires_at_ms: null });
  expect(revive(9_000)).toMatchObject({ origin: 'g', lot_expires_at_ms: 9_000, reverses: null });
});
