import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mayQualify } from '../../domain/referrals/referral.ts';
import { useDatabase } from '../../tests/support/database.ts';
import {
  type Arrival,
  type History,
  histories,
  inOrder,
  type Purchase,
  type Refund,
  weights,
} from '../../tests/support/histories.ts';
import { numberedPolicies } from '../../tests/support/numbered.ts';
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

type Step = { readonly act: Purchase } | { readonly refund: Refund };

/** Everything comes on the same day, when all rewards have matured that will. */
const NOW_MS = at(25).getTime();

async function played(steps: readonly Step[], by = policy) {
  const program = await playProgram(database, activities, by);
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
    ...(mayQualify(referral)
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

test.each([
  ['o1', 'o2'],
  ['o2', 'o1'],
])(
  'of two purchases at one moment the same one qualifies, whether %s comes before %s or after it',
  async (...keys) => {
    expect(await played(keys.map((key) => act(key, 1, key === 'o1' ? 5_000n : 3_000n)))).toMatchObject({
      qualifiedBy: 'o1',
      balance: { available_minor: 1_000n + 150n + 250n + 150n + 210n + 2n * 77n },
    });
  },
);

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

const arrivalsOf = ({ purchases, refunds }: History): Arrival<Step>[] => [
  ...purchases.map((purchase) => ({ step: { act: purchase }, key: purchase.key, after: null })),
  ...refunds.map((it) => ({ step: { refund: it }, key: it.key, after: it.of })),
];

test('any order of purchases, refunds and their refunds ends with the same stage and balance', async () => {
  await fc.assert(
    fc.asyncProperty(histories(4), weights, weights, async (history, one, other) => {
      const arrivals = arrivalsOf(history);
      expect(await played(inOrder(arrivals, one))).toEqual(await played(inOrder(arrivals, other)));
    }),
    { numRuns: 30, endOnFailure: true },
  );
}, 400_000);

test('the order changes nothing either where conditions ask for an event’s number', async () => {
  await fc.assert(
    fc.asyncProperty(
      numberedPolicies(policy),
      histories(5),
      weights,
      weights,
      async (by, history, one, other) => {
        const arrivals = arrivalsOf(history);
        expect(await played(inOrder(arrivals, one), by)).toEqual(await played(inOrder(arrivals, other), by));
      },
    ),
    { numRuns: 40, endOnFailure: true },
  );
}, 400_000);
