import fc from 'fast-check';
import { expect, test } from 'vitest';
import { accountKey, applyPosting, type Balances, noBalances } from '../domain/ledger/model.ts';
import type { Account, AccountKind, Leg, Posting } from '../domain/ledger/posting.ts';
import { useDatabase } from '../tests/support/database.ts';
import { createFixture, NOW_MS } from '../tests/support/ledger.ts';
import { setBudget } from './post.ts';
import { prove } from './prove.ts';

const database = useDatabase();
const CAP = 400n;
const KINDS: readonly AccountKind[] = ['pending', 'available', 'reserved', 'owed'];

/** An account by number: the program's three, then four of each of two members. */
function account(members: readonly string[], number: number): Account {
  const own = (['budget', 'paid_out', 'breakage'] as const)[number];
  if (own !== undefined) return { kind: own, memberId: null };
  return {
    kind: KINDS[(number - 3) % 4] ?? 'pending',
    memberId: members[Math.floor((number - 3) / 4)] ?? null,
  };
}

const someAccount = fc.integer({ min: 0, max: 10 });
const someLeg = fc.record({
  at: someAccount,
  amount: fc.bigInt({ min: -150n, max: 150n }),
  spill: fc.option(someAccount),
});

const somePosting = fc.record({ legs: fc.array(someLeg, { minLength: 1, maxLength: 3 }), last: someAccount });

type Plan = typeof somePosting extends fc.Arbitrary<infer T> ? T : never;

/** Balanced legs of what was drawn; a leg that would spill into its own account spills nowhere. */
function makePosting(members: readonly string[], key: string, { legs, last }: Plan): Posting {
  const given = legs
    .filter(({ amount }) => amount !== 0n)
    .map(({ at, amount, spill }): Leg => {
      return {
        account: account(members, at),
        amount_minor: amount,
        spill: spill === null || spill === at ? null : account(members, spill),
      };
    });
  const rest = given.reduce((sum, { amount_minor }) => sum - amount_minor, 0n);
  const balancing: Leg[] =
    rest === 0n ? [] : [{ account: account(members, last), amount_minor: rest, spill: null }];
  const none = { resolves: null, reverses: null, restores: null, origin: null, lot_expires_at_ms: null };
  return {
    key,
    intent: 'grant',
    unit: 'USD',
    occurred_at_ms: NOW_MS,
    legs: [...given, ...balancing],
    ...none,
  };
}

/** What the model makes of a whole call: the balances after it, or its first refusal and those before. */
function applyAll(before: Balances, postings: readonly Posting[]): { balances: Balances; code: string } {
  let balances = before;
  for (const posting of postings) {
    const applied = applyPosting(balances, posting);
    if (!applied.ok) return { balances: before, code: applied.code };
    balances = applied.value.balances;
  }
  return { balances, code: 'ok' };
}

test('SQL does what the pure model says, for any legs and spills, singly or several in a call', async () => {
  const someCalls = fc.array(fc.array(somePosting, { minLength: 1, maxLength: 3 }), {
    minLength: 1,
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(someCalls, fc.constantFrom(CAP, null), async (calls, cap) => {
      const { programId, members, post } = await createFixture(database.db, 2);
      await database.db.$transaction((tx) => setBudget(tx, programId, 'USD', cap));
      let model = noBalances('USD', cap);
      for (const [call, plans] of calls.entries()) {
        const made = plans.map((plan, index) => makePosting(members, `p${call}:${index}`, plan));
        const postings = made.filter(({ legs }) => legs.length > 0);
        const expected = applyAll(model, postings);
        const answer = await post(...postings);
        expect(answer.ok ? 'ok' : answer.code).toBe(expected.code);
        model = expected.balances;
      }
      const rows = await database.db.ledgerBalance.findMany({
        where: { account: { programId } },
        include: { account: true },
      });
      const stored = new Map<string, bigint>();
      for (const { account, balanceMinor } of rows) {
        stored.set(accountKey(account), (stored.get(accountKey(account)) ?? 0n) + balanceMinor);
      }
      const nonZero = (minor: ReadonlyMap<string, bigint>) =>
        [...minor].filter(([, balance]) => balance !== 0n).sort();
      expect(nonZero(stored)).toEqual(nonZero(model.minor));
    }),
    { numRuns: 40 },
  );
  expect((await prove(database.url)).checks.filter((check) => !check.ok)).toEqual([]);
}, 120_000);
