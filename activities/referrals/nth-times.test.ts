import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NTH_PAGE } from '../../engine/rewards/nth.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { type Arrival, type History, histories, inOrder, weights } from '../../tests/support/histories.ts';
import { rawSql } from '../../tests/support/ledger.ts';
import { playMerges } from '../../tests/support/merges.ts';
import { at, type ProgramPlay, playProgram, useActivities } from '../../tests/support/play.ts';
import { referralIdOf, testPolicy, testRule, usd } from '../../tests/support/seed.ts';

/** When rewards for a referrer's count mature and expire: by the referral that is the nth by its own time. */
const database = useDatabase({ isProved: true });
const activities = useActivities(database);

const FRIENDS = ['bob', 'cat', 'dan', 'eve'] as const;
type Friend = (typeof FRIENDS)[number];

const fixed = (minor: bigint) => ({ kind: 'fixed', amount: usd(minor) }) as const;

/** All holds are longer than it takes for everything to come. */
const policy = testPolicy({
  earning_days: 60,
  qualification: { event: 'purchase', min_value: usd(2_000n), within_days: 30, condition: null },
  rules: [
    testRule({
      id: 'second',
      trigger: { on: 'milestone', count: 2 },
      benefit: fixed(700n),
      hold_days: 40,
      expires_days: 5,
    }),
    testRule({
      id: 'third',
      trigger: { on: 'milestone', count: 3 },
      benefit: { kind: 'badge', label: 'three' },
      hold_days: 30,
    }),
    testRule({
      id: 'ladder',
      benefit: {
        kind: 'milestone_rate',
        base: usd(100n),
        steps: [
          { count: 1, rate_bp: 1_000 },
          { count: 3, rate_bp: 5_000 },
        ],
      },
      hold_days: 50,
      expires_days: 9,
    }),
  ],
});

const NOW_MS = at(25).getTime();

async function open(by = policy) {
  const program = await playProgram(database, activities, by);
  const ann = await program.member('ann');
  for (const friend of FRIENDS) await program.signUp(friend, { code: ann.code });
  const buy = (friend: Friend, day: number, key = `${friend}${day}`, minor = 5_000n, now_ms = NOW_MS) =>
    program.act(friend, { key: `${program.id}:${key}`, at: at(day), value: usd(minor), now_ms });
  const refund = (friend: Friend, of: string, minor: bigint | null = null, key = `-${of}`) =>
    program.refund(friend, `${program.id}:${of}`, {
      key: `${program.id}:${key}`,
      at: at(24),
      now_ms: NOW_MS,
      ...(minor !== null && { value: usd(minor) }),
    });
  return { program, ann, buy, refund };
}

const dayOf = (date: Date | null) => (date === null ? null : (date.getTime() - at(0).getTime()) / 86_400_000);

/** What stands, with the days on which it matures and expires. */
async function standing({ db, id: programId }: ProgramPlay) {
  const where = { programId, status: { not: 'reversed' as const } };
  const rewards = await db.reward.findMany({ where });
  return rewards
    .map(({ ruleId, amountMinor, reversedMinor, maturesAt, expiresAt }) =>
      [ruleId, amountMinor - reversedMinor, dayOf(maturesAt), dayOf(expiresAt)].join(' '),
    )
    .toSorted();
}

/** By the purchases of days 2, 5, 7 and 9. */
const RIGHT = [
  'ladder 10 52 61',
  'ladder 10 55 64',
  'ladder 130 57 66',
  'ladder 50 59 68',
  'second 700 45 50',
  'third 0 37 ',
];

test.each([[[2, 5, 7, 9]], [[9, 7, 5, 2]], [[7, 2, 9, 5]], [[5, 9, 2, 7]]])(
  'friends who buy on days that come as %j bring rewards that mature by the nth of those days',
  async (days) => {
    const { program, buy } = await open();
    for (const [nth, day] of days.entries()) await buy(FRIENDS[nth] ?? 'bob', day);
    expect(await standing(program)).toEqual(RIGHT);
  },
);

test('a refund lets the next in line be the nth, and the refund of that lets it go back', async () => {
  const { program, buy, refund } = await open();
  for (const [nth, day] of [9, 2, 7, 5].entries()) await buy(FRIENDS[nth] ?? 'bob', day);
  await refund('cat', 'cat2');
  expect(await standing(program)).toEqual([
    'ladder 10 55 64',
    'ladder 10 57 66',
    'ladder 130 59 68',
    'second 700 47 52',
    'third 0 39 ',
  ]);
  await refund('cat', '-cat2');
  expect(await standing(program)).toEqual(RIGHT);
});

test('an earlier purchase of the same friend moves the times as one of another friend would', async () => {
  const { program, buy } = await open();
  for (const [nth, day] of [12, 5, 7, 9].entries()) await buy(FRIENDS[nth] ?? 'bob', day);
  await buy('bob', 2);
  expect(await standing(program)).toEqual(RIGHT);
});

test('the workflow whose reward matures earlier now is called, and matures it', async () => {
  const { program, ann, buy } = await open();
  await buy('bob', 9, 'b', 5_000n, at(9).getTime());
  await buy('cat', 12, 'c', 5_000n, at(12).getTime());
  const where = { programId: program.id, type: 'referral.overdue' };
  expect(await program.db.event.count({ where })).toBe(0);
  const now_ms = at(47).getTime();
  await buy('dan', 6, 'd', 5_000n, now_ms);
  const referralId = referralIdOf(program.id, 'cat');
  const call = await program.db.event.findFirstOrThrow({
    where: { ...where, workflowId: `referral-${referralId}` },
  });
  const ref = { programId: program.id, referralId, now_ms };
  const looked = await activities.lookAtReferral({ ...ref, eventId: call.id });
  // The second by own times is Bob of day 9, not Cat of day 12.
  expect(looked.matures_at_ms).toBe(at(49).getTime());
  await activities.matureRewards({ ...ref, now_ms: at(49).getTime() });
  expect((await program.balance(ann.id, at(49))).available_minor).toBe(700n);
});

test('a reward that has matured stays so, and expires by its nth, which would have it on hold', async () => {
  const { program, ann, buy, refund } = await open({
    ...policy,
    rules: policy.rules.filter(({ id }) => id === 'second').map((rule) => ({ ...rule, hold_days: 10 })),
  });
  for (const [nth, day] of [2, 5, 23].entries()) await buy(FRIENDS[nth] ?? 'bob', day);
  await refund('bob', 'bob2');
  expect(await standing(program)).toEqual(['second 700 15 38']);
  expect((await program.balance(ann.id, at(37))).available_minor).toBe(700n);
  expect((await program.balance(ann.id, at(38))).available_minor).toBe(0n);
});

test('what two accounts brought keeps its times when they are one', async () => {
  const { program, ann, anna, merge } = await playMerges(database, activities, policy);
  const bring = async (friend: string, { code }: { readonly code: string }, day: number) => {
    await program.signUp(friend, { code });
    await program.act(friend, { at: at(day), value: usd(5_000n), now_ms: NOW_MS });
  };
  await bring('bob', ann, 3);
  await bring('cat', anna, 7);
  await bring('dan', ann, 5);
  const before = await standing(program);
  expect(before).toEqual(['ladder 10 53 62', 'ladder 10 55 64', 'ladder 10 57 66', 'second 700 45 50']);
  await merge(anna.id, ann.id, 9);
  await bring('eve', ann, 4);
  expect(await standing(program)).toEqual([...before, 'ladder 50 57 66'].toSorted());
});

test('more rewards than one transaction moves are moved by commands, and by each once', async () => {
  const rules = policy.rules.filter(({ id }) => id === 'ladder');
  const { program, buy } = await open({ ...policy, rules });
  await buy('bob', 9);
  await buy('cat', 11);
  // As many rewards for the second as two pages do not hold.
  const count = 2 * NTH_PAGE + 10;
  await rawSql(
    database.ownerUrl,
    `INSERT INTO rewards (program_id, id, key, referral_id, member_id, event_id, rule_id, policy_version,
       kind, unit, amount_minor, status, nth, granted_at, matures_at, expires_at, trace)
     SELECT program_id, gen_random_uuid(), key || n, referral_id, member_id, event_id, rule_id,
       policy_version, 'badge', NULL, 0, status, nth, granted_at, matures_at, expires_at, trace
     FROM rewards, generate_series(1, ${count}) n WHERE program_id = '${program.id}' AND nth = 2`,
  );
  await buy('dan', 5);
  const wrong = async () =>
    await program.db.reward.count({ where: { programId: program.id, nth: 2, maturesAt: at(61) } });
  expect(await wrong()).toBeGreaterThan(0);
  await program.recount(NOW_MS);
  expect(await wrong()).toBe(0);
  const where = { programId: program.id, type: 'referral.recounts.due' };
  const commands = await program.db.event.findMany({ where });
  expect(commands.map(({ state }) => state)).toEqual(['decided', 'decided']);
});

type Step =
  | { readonly act: Friend; readonly day: number; readonly key: string; readonly minor: bigint }
  | { readonly refund: Friend; readonly of: string; readonly key: string; readonly minor: bigint | null };

const arrivalsOf = (friend: Friend, { purchases, refunds }: History): Arrival<Step>[] => [
  ...purchases.map(({ key, day, minor }) => {
    const own = `${friend}:${key}`;
    return { step: { act: friend, day, key: own, minor }, key: own, after: null };
  }),
  ...refunds.map(({ key, of, minor }) => {
    const [own, after] = [`${friend}:${key}`, `${friend}:${of}`];
    return { step: { refund: friend, of: after, key: own, minor }, key: own, after };
  }),
];

async function played(steps: readonly Step[]) {
  const { program, ann, buy, refund } = await open();
  for (const step of steps) {
    if ('act' in step) await buy(step.act, step.day, step.key, step.minor);
    else await refund(step.refund, step.of, step.minor, step.key);
  }
  const rewards = await standing(program);
  for (const friend of FRIENDS) await program.mature(friend, at(49).getTime());
  const balances = [];
  for (const day of [49, 50, 55, 60, 65, 70, 80]) balances.push(await program.balance(ann.id, at(day)));
  return { rewards, balances };
}

test('what friends bring matures and expires the same in whatever order they buy', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(histories(2), histories(1), histories(2), histories(1)),
      weights,
      weights,
      async (lives, one, other) => {
        const arrivals = lives.flatMap((life, nth) => arrivalsOf(FRIENDS[nth] ?? 'bob', life));
        expect(await played(inOrder(arrivals, one))).toEqual(await played(inOrder(arrivals, other)));
      },
    ),
    { numRuns: 20, endOnFailure: true },
  );
}, 400_000);
