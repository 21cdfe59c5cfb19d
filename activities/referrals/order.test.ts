import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mayQualify } from '../../domain/referrals/referral.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { at, type ProgramPlay, playProgram, useActivities } from '../../tests/support/play.ts';
import { testPolicy, testRule, usd } from '../../tests/support/seed.ts';

/** The order in which events come never changes what is owed. */
const database = useDatabase({ isProved: true });
const activities = useActivities(database);

/** For the purchase that qualifies, of 20.00 or more; for each purchase; and for some by their number. */
const policy = testPolicy({
  qualification: { event: 'purchase', min_value: usd(2_000n), within_days: 30, condition: null },
  rules: [
    testRule({ id: 'thanks', benefit: { kind: 'fixed', amount: usd(1_000n) } }),
    testRule({ id: 'first', benefit: { kind: 'percentage', rate_bp: 300, cap: null } }),
    testRule({
      id: 'share',
      trigger: { on: 'nth_event', event: 'purchase', from: 1, to: null },
      benefit: { kind: 'percentage', rate_bp: 500, cap: null },
      hold_days: 10,
    }),
    testRule({
      id: 'second-and-third',
      trigger: { on: 'nth_event', event: 'purchase', from: 2, to: 3 },
      benefit: { kind: 'percentage', rate_bp: 700, cap: null },
    }),
    testRule({
      id: 'first-two',
      trigger: { on: 'nth_event', event: 'purchase', from: 1, to: 2 },
      benefit: { kind: 'fixed', amount: usd(77n) },
      hold_days: 5,
    }),
  ],
});

interface Purchase {
  readonly key: string;
  readonly day: number;
  readonly minor: bigint;
}
interface Refund {
  readonly key: string;
  /** A purchase, or a refund that is taken back. */
  readonly of: string;
  /** Null: all that is left. */
  readonly minor: bigint | null;
}
interface History {
  readonly purchases: readonly Purchase[];
  readonly refunds: readonly Refund[];
}
type Step = { readonly act: Purchase } | { readonly refund: Refund };

/** Everything comes on the same day, when all rewards have matured that will. */
const NOW_MS = at(25).getTime();

async function played(steps: readonly Step[]) {
  const program = await playProgram(database, activities, policy);
  const ann = await program.member('ann');
  await program.signUp('bob', { code: ann.code });
  for (const step of steps) await take(program, step);
  await program.mature('bob', at(40).getTime());
  return await standing(program, ann.id);
}

const keyIn = (program: ProgramPlay, key: string) => `${program.id}:${key}`;

async function take(program: ProgramPlay, step: Step): Promise<void> {
  if ('act' in step) {
    const { key, day, minor } = step.act;
    const event = { key: keyIn(program, key), at: at(day), value: usd(minor), now_ms: NOW_MS };
    await program.act('bob', event);
  } else {
    const { key, of, minor } = step.refund;
    const value = minor === null ? {} : { value: usd(minor) };
    const event = { key: keyIn(program, key), at: at(24), now_ms: NOW_MS, ...value };
    await program.refund('bob', keyIn(program, of), event);
  }
}

async function standing({ db, id, ...program }: ProgramPlay, memberId: string) {
  const referral = await db.referral.findFirstOrThrow({ where: { programId: id } });
  const member = await db.member.findFirstOrThrow({ where: { programId: id, id: memberId } });
  const event = await db.event.findFirst({ where: { programId: id, id: referral.qualifyingEventId ?? id } });
  return {
    stage: referral.stage,
    ...(mayQualify(referral.stage)
      ? {}
      : { qualifiedBy: event?.key.split(':')[1], qualified_at: referral.qualifiedAt }),
    count: member.qualifiedReferrals,
    balance: await program.balance(memberId),
    rewards: await program.netRewards(memberId),
  };
}

const act = (key: string, day: number, minor = 5_000n): Step => ({ act: { key, day, minor } });
const refund = (of: string, minor: bigint | null = null): Step => ({ refund: { key: `-${of}`, of, minor } });

test.each([
  ['the first purchase is refunded before the second comes', [act('o1', 1), refund('o1'), act('o2', 2)]],
  ['the second comes before the first is refunded', [act('o1', 1), act('o2', 2), refund('o1')]],
  ['the second comes first', [act('o2', 2), act('o1', 1), refund('o1')]],
])('the referrer earns the same by what stands when %s', async (_order, steps) => {
  expect(await played(steps)).toMatchObject({
    stage: 'rewarded',
    qualifiedBy: 'o2',
    qualified_at: at(2),
    count: 1,
    balance: { available_minor: 1_000n + 150n + 250n + 350n + 77n, owed_minor: 0n },
  });
});

interface Told {
  readonly reversed: readonly { readonly ruleId: string }[];
}

test('all that an event takes back, from whatever it overtakes, is told in one message', async () => {
  const program = await playProgram(database, activities, policy);
  const ann = await program.member('ann');
  await program.signUp('bob', { code: ann.code });
  for (const [key, day] of [
    ['o2', 2],
    ['o3', 3],
    ['o1', 1],
  ] as const) {
    await take(program, act(key, day));
  }
  const where = { programId: program.id, type: 'reward.reversed' };
  const told = await program.db.outbox.findMany({ where });
  expect(told).toHaveLength(1);
  const rules = told.flatMap(({ payload }) =>
    (payload as unknown as Told).reversed.map(({ ruleId }) => ruleId),
  );
  expect(rules.sort()).toEqual(['first', 'first-two', 'thanks']);
});

const purchases = fc
  .uniqueArray(fc.integer({ min: 1, max: 23 }), { minLength: 1, maxLength: 4 })
  .chain((days) =>
    fc.tuple(
      ...days.map((day) =>
        fc.record({
          key: fc.constant(`o${day}`),
          day: fc.constant(day),
          minor: fc.constantFrom(999n, 1_999n, 2_000n, 3_333n, 5_000n),
        }),
      ),
    ),
  );

/** Refunds of a purchase: of all of it, of a third, or of a third and a half; some are taken back. */
const refundsOf = ({ key, minor }: Purchase): fc.Arbitrary<Refund[]> => {
  const one = (nth: number, part: bigint | null) => ({ key: `-${nth}${key}`, of: key, minor: part });
  const all = fc.constantFrom<Refund[]>(
    [one(1, null)],
    [one(1, minor / 3n)],
    [one(1, minor / 3n), one(2, minor / 2n)],
  );
  return all.chain((refunds) =>
    fc
      .subarray(refunds)
      .map((back) => [...refunds, ...back.map((it) => ({ key: `+${it.key}`, of: it.key, minor: null }))]),
  );
};

const histories: fc.Arbitrary<History> = purchases.chain((all) =>
  fc.record({
    purchases: fc.constant(all),
    refunds: fc
      .subarray(all)
      .chain((refunded) => fc.tuple(...refunded.map(refundsOf)))
      .map((each) => each.flat()),
  }),
);

/** The steps of a history in a random order, each refund after what it takes back. */
function inOrder({ purchases: acts, refunds }: History, weights: readonly number[]): Step[] {
  const placed = new Map<string, number>();
  const steps = [
    ...acts.map((purchase) => ({ step: { act: purchase }, key: purchase.key, of: null })),
    ...refunds.map((it) => ({ step: { refund: it }, key: it.key, of: it.of })),
  ].map(({ step, key, of }, nth) => {
    const after = of === null ? 0 : (placed.get(of) ?? 0) + 0.001;
    const weight = Math.max(weights[nth % weights.length] ?? 0, after);
    placed.set(key, weight);
    return { step, weight };
  });
  return steps.toSorted((a, b) => a.weight - b.weight).map(({ step }) => step);
}

test('any order of purchases, refunds and their refunds ends with the same stage and balance', async () => {
  const weights = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 20, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(histories, weights, weights, async (history, one, other) => {
      expect(await played(inOrder(history, one))).toEqual(await played(inOrder(history, other)));
    }),
    { numRuns: 30, endOnFailure: true },
  );
}, 400_000);
