import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PointRule } from '../../domain/points/policy.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { type Arrival, type History, histories, inOrder, weights } from '../../tests/support/histories.ts';
import { seedBoard } from '../../tests/support/leaderboards.ts';
import { at, type ProgramPlay, playProgram, useActivities } from '../../tests/support/play.ts';
import { count, pointRule, pointsOf, pointsPolicy } from '../../tests/support/points.ts';
import { seedEvent, usd } from '../../tests/support/seed.ts';

/** Points that hang on a member's signup and on the referrer's count, of friends who come in any order. */
const database = useDatabase({ isProved: true });
const activities = useActivities(database);

const NOW_MS = at(25).getTime();
const byValue = { kind: 'per_value', points: 3, per: usd(100n), rounding: 'half_up' } as const;
const fixed = (points: number) => ({ kind: 'fixed', points }) as const;
const rule = (id: string, condition: string | null, changes: Partial<PointRule> = {}) =>
  pointRule({ id, event: 'purchase', condition, ...changes });

const RULES: readonly PointRule[] = [
  rule('mentor', null, { recipient: 'referrer', award: byValue }),
  rule('few', 'referrer.qualified_count <= 1', { award: fixed(1_000) }),
  rule('second', 'referrer.qualified_count == 2', { award: byValue }),
  rule('crowd', 'referrer.qualified_count >= 2', { recipient: 'referrer', award: fixed(7) }),
  rule('even', '(referrer.qualified_count + event.ordinal) % 2 == 0', { award: fixed(41) }),
  rule('soon', 'referral.days_since_signup < 5', { award: byValue }),
  rule('brought', 'referrer.id != ""', { award: fixed(20_000) }),
  rule('thanks', 'event.ordinal == 2', { recipient: 'referrer', award: byValue }),
  rule('joins-others', 'referrer.qualified_count > 0', { event: 'signup', award: fixed(300_000) }),
  rule('brings', null, { event: 'signup', recipient: 'referrer', award: fixed(5_000_000) }),
];

const policies = fc
  .subarray([...RULES], { minLength: 1 })
  .map((rules) => pointsPolicy({ rules: [rule('each', null), ...rules] }));
type Policy = typeof policies extends fc.Arbitrary<infer P> ? P : never;

const FRIENDS = ['bob', 'cat', 'dan'] as const;

/** A signup with a verdict has to be reviewed; `ran_out`: nobody does. */
interface Life extends History {
  readonly friend: string;
  readonly signupDay: number;
  readonly verdict: 'approved' | 'rejected' | 'ran_out' | null;
}

const life = (friend: string): fc.Arbitrary<Life> =>
  fc
    .tuple(
      histories(3),
      fc.integer({ min: 0, max: 9 }),
      fc.constantFrom(null, null, null, 'approved' as const, 'rejected' as const, 'ran_out' as const),
    )
    .map(([history, signupDay, verdict]) => ({ ...history, friend, signupDay, verdict }));

interface Deed {
  readonly what: 'deed';
  readonly friend: string;
  readonly type: 'purchase' | 'refund';
  readonly key: string;
  readonly day: number;
  readonly minor: bigint | null;
  readonly of?: string;
}

type Step = Deed | { readonly what: 'sign_up' | 'review'; readonly life: Life } | { readonly what: 'count' };

/** What friends do may come before their signups. */
function arrivalsOf(it: Life): Arrival<Step>[] {
  const { friend, purchases, refunds, verdict } = it;
  const named = (key: string) => `${friend}:${key}`;
  return [
    { step: { what: 'sign_up', life: it }, key: friend, after: null },
    ...(verdict === null
      ? []
      : [{ step: { what: 'review', life: it } as const, key: named('review'), after: friend }]),
    ...purchases.map(({ key, day, minor }) => ({
      step: { what: 'deed', friend, type: 'purchase', key: named(key), day, minor } as const,
      key: named(key),
      after: null,
    })),
    ...refunds.map(({ key, of, minor }) => ({
      step: { what: 'deed', friend, type: 'refund', key: named(key), day: 24, minor, of: named(of) } as const,
      key: named(key),
      after: named(of),
    })),
  ];
}

async function played(steps: readonly Step[], policy: Policy) {
  const program = await playProgram(database, activities, policy);
  for (const period of ['week', 'all_time'] as const) {
    await seedBoard(program.db, program.id, period, 'points');
  }
  const ann = await program.member('ann');
  for (const friend of FRIENDS) await program.member(friend);
  for (const step of steps) {
    if (step.what === 'count') await settle(program);
    else if (step.what === 'sign_up') await signUp(program, ann.code, step.life);
    else if (step.what === 'deed') await store(program, step);
    else await review(program, step.life);
  }
  await settle(program);
  return await standing(program);
}

/** Stores a deed, which its referral decides. Without one it waits, and counts for points meanwhile. */
async function store({ db, id: programId, ...program }: ProgramPlay, deed: Deed): Promise<void> {
  const { friend, type, key, day, minor, of } = deed;
  const play = { at: at(day), ...(minor !== null && { value: usd(minor) }), ...(of && { refundOf: of }) };
  const event = await seedEvent(db, programId, { ...play, key, type, subject: friend });
  const member = await db.member.findFirstOrThrow({ where: { programId, externalId: friend } });
  if (member.signedUpAt !== null) await program.again(event, friend, NOW_MS);
  else {
    await seedEvent(db, programId, {
      ...{ key: `acted:${event.id}`, type: 'member.acted', at: at(day), payload: { event: event.id } },
      workflowId: `member-${member.id}`,
    });
  }
}

async function signUp(program: ProgramPlay, code: string, { friend, signupDay, verdict }: Life) {
  const email = verdict === null ? `${friend}@${friend}.example` : `${friend}@mailinator.com`;
  const { snapshot } = await program.signUp(friend, { code, email }, { at: at(signupDay), now_ms: NOW_MS });
  expect(snapshot.stage).toBe(verdict === null ? 'signed_up' : 'in_review');
  await decideWaiting(program, friend);
}

async function review(program: ProgramPlay, { friend, verdict }: Life): Promise<void> {
  if (verdict === 'ran_out') await program.end(friend, at(120).getTime());
  else if (verdict !== null) await program.review(friend, verdict, { now_ms: NOW_MS });
  await decideWaiting(program, friend);
}

/** What waited is decided now, refunds last, as the pump would hand it over. */
async function decideWaiting(program: ProgramPlay, friend: string): Promise<void> {
  const where = { programId: program.id, subject: friend, state: { not: 'decided' as const } };
  const waiting = await program.db.event.findMany({ where, orderBy: { seq: 'asc' } });
  const rank = ({ key, type }: { key: string; type: string }) =>
    type !== 'refund' ? 0 : key.includes(':+') ? 2 : 1;
  for (const event of waiting.toSorted((a, b) => rank(a) - rank(b))) {
    await program.again(event, friend, NOW_MS);
  }
}

async function settle(program: ProgramPlay): Promise<void> {
  for (const { id } of await program.db.member.findMany({ where: { programId: program.id } })) {
    await count(program, id, undefined, NOW_MS);
  }
  await program.recount(NOW_MS);
}

async function standing(program: ProgramPlay) {
  const { db, id: programId } = program;
  const where = { programId };
  const members = await db.member.findMany({ where, orderBy: { externalId: 'asc' } });
  const referrals = await db.referral.findMany({ where, orderBy: { signedUpAt: 'asc' } });
  const nameOf = (id: string) => members.find((it) => it.id === id)?.externalId;
  const windows = await db.boardWindow.findMany({ where, orderBy: { key: 'asc' } });
  const scores = await db.boardScore.findMany({ where: { programId, score: { not: 0 } } });
  return {
    points: await Promise.all(
      members.map(async ({ id, externalId }) => ({ externalId, ...(await pointsOf(program, id)) })),
    ),
    stages: referrals.map(({ referredId, stage }) => `${nameOf(referredId ?? '')} ${stage}`).sort(),
    boards: windows.flatMap(({ id, key }) =>
      scores
        .filter(({ windowId }) => windowId === id)
        .map(({ memberId, score }) => `${key} ${nameOf(memberId)} ${score}`)
        .sort(),
    ),
  };
}

test('any order of signups, reviews, actions and refunds of a referrer’s friends ends the same', async () => {
  const counting: Arrival<Step> = { step: { what: 'count' }, key: '', after: null };
  const counts = fc.array(fc.constant(counting), { maxLength: 4 });
  const lives = fc.tuple(...FRIENDS.map(life));
  await fc.assert(
    fc.asyncProperty(lives, policies, counts, weights, weights, async (all, policy, batches, one, other) => {
      const arrivals = [...all.flatMap(arrivalsOf), ...batches];
      const first = await played(inOrder(arrivals, one), policy);
      expect(await played(inOrder(arrivals, other), policy)).toEqual(first);
    }),
    { numRuns: 12, endOnFailure: true },
  );
}, 600_000);
