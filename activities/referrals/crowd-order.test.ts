import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Policy } from '../../domain/policies/policy.ts';
import { mayQualify } from '../../domain/referrals/referral.ts';
import { balancesOf, type MemberBalance } from '../../ledger/balances.ts';
import { countedPolicies } from '../../tests/support/counted.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { type Arrival, type History, histories, inOrder, weights } from '../../tests/support/histories.ts';
import { seedBoard } from '../../tests/support/leaderboards.ts';
import { testMilestone } from '../../tests/support/milestones.ts';
import { numberedPolicies } from '../../tests/support/numbered.ts';
import { at, type Play, type ProgramPlay, playProgram, useActivities } from '../../tests/support/play.ts';
import { count, pointRule, pointsOf, testPoints } from '../../tests/support/points.ts';
import { testPolicy, testRule, usd } from '../../tests/support/seed.ts';

/** The same for several friends of one referrer: their number, reviews, points and boards. */
const database = useDatabase({ isProved: true });
const activities = useActivities(database);

const policy = testPolicy({
  earning_days: 30,
  qualification: { event: 'purchase', min_value: usd(2_000n), within_days: 30, condition: null },
  rules: [
    testRule({ id: 'welcome', trigger: { on: 'signed_up' }, recipient: 'referred' }),
    testRule({ id: 'thanks', benefit: { kind: 'fixed', amount: usd(1_000n) }, hold_days: 3 }),
    testRule({
      id: 'share',
      trigger: { on: 'nth_event', event: 'purchase', from: 1, to: null },
      benefit: { kind: 'percentage', rate_bp: 500, cap: null },
    }),
    testRule({
      id: 'second',
      trigger: { on: 'milestone', count: 2 },
      benefit: { kind: 'fixed', amount: usd(700n) },
    }),
    testRule({
      id: 'ladder',
      benefit: { kind: 'milestone_rate', base: usd(100n), steps: [{ count: 2, rate_bp: 5_000 }] },
    }),
  ],
  milestones: [
    testMilestone({ reversible: true }),
    testMilestone({
      id: 'turnover',
      measure: 'revenue',
      thresholds: [{ at: usd(6_000n), benefit: { kind: 'fixed', amount: usd(900n) } }],
      reversible: true,
    } as never),
  ],
  points: testPoints({
    rules: [
      pointRule({
        id: 'spend',
        event: 'purchase',
        award: { kind: 'per_value', points: 1, per: usd(100n), rounding: 'down' },
      }),
      pointRule({ id: 'mentor', event: 'purchase', recipient: 'referrer' }),
    ],
    achievements: [
      {
        id: 'twice',
        name: 'Twice',
        test: { kind: 'nth', event: 'purchase', count: 2 },
        repeatable: false,
        benefit: { kind: 'points', points: 30 },
      },
    ],
  }),
});

const FRIENDS = ['bob', 'cat', 'dan', 'eve', 'fay'];

/**
 * Those with a verdict sign up in a way that has to be reviewed. For the others the time to qualify may be
 * over before what happened within it comes.
 */
interface Life extends History {
  readonly friend: string;
  readonly verdict: 'approved' | 'rejected' | null;
}

type Step =
  | { readonly what: 'sign_up'; readonly life: Life }
  | { readonly what: 'review'; readonly life: Life }
  | { readonly what: 'end'; readonly life: Life }
  | { readonly what: 'act'; readonly life: Life; readonly play: Play }
  | { readonly what: 'refund'; readonly life: Life; readonly of: string; readonly play: Play }
  | { readonly what: 'count' };

const life = (friend: string): fc.Arbitrary<Life> =>
  fc
    .tuple(histories(2), fc.constantFrom(null, null, 'approved' as const, 'rejected' as const))
    .map(([history, verdict]) => ({ ...history, friend, verdict }));

/** Everything comes on the same day. */
const NOW_MS = at(25).getTime();

function arrivalsOf(it: Life): Arrival<Step>[] {
  const { friend, purchases, refunds, verdict } = it;
  const named = (key: string) => `${friend}:${key}`;
  const play = (key: string, day: number, minor: bigint | null): Play => ({
    key: named(key),
    at: at(day),
    now_ms: NOW_MS,
    ...(minor !== null && { value: usd(minor) }),
  });
  return [
    { step: { what: 'sign_up', life: it } as const, key: friend, after: null },
    ...(verdict === null
      ? [{ step: { what: 'end', life: it } as const, key: named('end'), after: friend }]
      : [{ step: { what: 'review', life: it } as const, key: named('review'), after: friend }]),
    ...purchases.map(({ key, day, minor }) => ({
      step: { what: 'act', life: it, play: play(key, day, minor) } as const,
      key: named(key),
      after: friend,
    })),
    ...refunds.map(({ key, of, minor }) => ({
      step: { what: 'refund', life: it, of: named(of), play: play(key, 24, minor) } as const,
      key: named(key),
      after: named(of),
    })),
  ];
}

async function played(steps: readonly Step[], by: Policy) {
  const program = await playProgram(database, activities, by);
  const ann = await program.member('ann');
  const boards = [
    await seedBoard(program.db, program.id, 'all_time'),
    await seedBoard(program.db, program.id, 'month', 'revenue'),
  ];
  const keys = (play: Play): Play => ({ ...play, key: `${program.id}:${play.key}` });
  for (const step of steps) {
    if (step.what === 'count') await settle(program);
    else if (step.what === 'sign_up') await signUp(program, ann.code, step.life);
    else if (step.what === 'end') await program.end(step.life.friend, at(31).getTime());
    else if (step.what === 'review') await review(program, step.life);
    else if (step.what === 'act') await program.act(step.life.friend, keys(step.play));
    else await program.refund(step.life.friend, `${program.id}:${step.of}`, keys(step.play));
  }
  await program.recount(NOW_MS);
  for (const friend of FRIENDS) {
    await program.mature(friend, at(40).getTime());
    // Later than before, since what was on hold by then has put its deadline off.
    await program.end(friend, at(33).getTime());
  }
  await settle(program);
  return await standing(program, boards);
}

async function signUp(program: ProgramPlay, code: string, { friend, verdict }: Life): Promise<void> {
  const email = verdict === null ? `${friend}@${friend}.example` : `${friend}@mailinator.com`;
  const { snapshot } = await program.signUp(friend, { code, email });
  expect(snapshot.stage).toBe(verdict === null ? 'signed_up' : 'in_review');
}

/** What waited for the review is decided now, refunds last, as the pump would hand it over. */
async function review(program: ProgramPlay, { friend, verdict }: Life): Promise<void> {
  if (verdict === null) return;
  await program.review(friend, verdict, { now_ms: NOW_MS });
  const where = { programId: program.id, subject: friend, state: 'waiting' as const };
  const waiting = await program.db.event.findMany({ where, orderBy: { seq: 'asc' } });
  const rank = ({ key, type }: { key: string; type: string }) =>
    type !== 'refund' ? 0 : key.includes(':+') ? 2 : 1;
  for (const event of waiting.toSorted((a, b) => rank(a) - rank(b))) {
    await program.again(event, friend, NOW_MS);
  }
}

/** What members’ workflows do: they count for points and award milestones. */
async function settle(program: ProgramPlay): Promise<void> {
  await program.recount(NOW_MS);
  for (const { id } of await program.db.member.findMany({ where: { programId: program.id } })) {
    await count(program, id, undefined, NOW_MS);
    const ref = { programId: program.id, memberId: id, now_ms: NOW_MS };
    await activities.awardMilestones(ref);
  }
}

async function standing(program: ProgramPlay, boards: readonly string[]) {
  const { db, id: programId } = program;
  const members = await db.member.findMany({ where: { programId }, orderBy: { externalId: 'asc' } });
  const each = await Promise.all(members.map((member) => standingOf(program, member)));
  const windows = await db.boardWindow.findMany({ where: { programId, boardId: { in: [...boards] } } });
  const scores = await db.boardScore.findMany({ where: { programId } });
  return {
    each,
    boards: windows
      .flatMap(({ id, key }) =>
        scores
          .filter(({ windowId, score }) => windowId === id && score !== 0n)
          .map(({ memberId, score }) => [
            boards.indexOf(windows.find((it) => it.id === id)?.boardId ?? ''),
            key,
            members.find((it) => it.id === memberId)?.externalId,
            score,
          ]),
      )
      .toSorted((a, b) => (String(a) < String(b) ? -1 : 1)),
  };
}

const hasSome = ({ unit, ...amounts }: MemberBalance): boolean =>
  unit !== '' && Object.values(amounts).some((minor) => minor !== 0n);

async function standingOf(
  program: ProgramPlay,
  { id, externalId, qualifiedReferrals }: { id: string; externalId: string; qualifiedReferrals: number },
) {
  const { db, id: programId } = program;
  const referral = await db.referral.findFirst({ where: { programId, referredId: id } });
  const qualified = referral !== null && !mayQualify(referral);
  const event = qualified
    ? await db.event.findFirst({ where: { programId, id: referral.qualifyingEventId ?? programId } })
    : null;
  const where = { programId, memberId: id, status: { not: 'reversed' as const } };
  const milestones = await db.milestoneAward.findMany({ where });
  const achievements = await db.achievementAward.findMany({ where });
  return {
    externalId,
    count: qualifiedReferrals,
    stage: referral?.stage,
    qualifiedBy: event?.key.replace(programId, ''),
    // Whoever was granted something for a while has a balance of nothing, and others have none.
    balances: (await balancesOf(db, programId, id, at(40))).filter(hasSome),
    rewards: await program.netRewards(id),
    points: await pointsOf(program, id),
    milestones: milestones.map(({ milestoneId, step }) => `${milestoneId} ${step}`).toSorted(),
    achievements: achievements.map(({ achievement }) => achievement),
  };
}

test('any order in which friends sign up, buy, are refunded and reviewed ends the same', async () => {
  const counting: Arrival<Step> = { step: { what: 'count' }, key: '', after: null };
  const counts = fc.array(fc.constant(counting), { maxLength: 3 });
  const lives = fc.tuple(...FRIENDS.map(life));
  const policies = fc.oneof(fc.constant(policy), numberedPolicies(policy), countedPolicies(policy));
  await fc.assert(
    fc.asyncProperty(lives, policies, counts, weights, weights, async (all, by, batches, one, other) => {
      const arrivals = all.flatMap(arrivalsOf);
      const first = await played(inOrder([...arrivals, ...batches], one), by);
      const second = await played(inOrder([...arrivals, ...batches], other), by);
      expect(second).toEqual(first);
    }),
    { numRuns: 8, endOnFailure: true },
  );
}, 600_000);
