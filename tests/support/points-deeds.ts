import fc from 'fast-check';
import type { Activities } from '../../activities/create.ts';
import type { AchievementRule, PointsPolicy } from '../../domain/points/policy.ts';
import { setBudget } from '../../ledger/post.ts';
import { nameId } from '../../platform/ids.ts';
import type { TestDatabase } from './database.ts';
import { seedBoard } from './leaderboards.ts';
import { at, type ProgramPlay, playProgram } from './play.ts';
import { pointRule, pointsPolicy } from './points.ts';
import { seedRate } from './rates.ts';
import { seedEvent, usd } from './seed.ts';

const rule = (
  id: string,
  test: AchievementRule['test'],
  benefit: AchievementRule['benefit'],
  repeatable = true,
): AchievementRule => ({ id, name: id, test, benefit, repeatable });

/** Rules of every kind, each with something that one action changes for the next. */
const POINTS: Partial<PointsPolicy> = {
  rules: [
    pointRule({ id: 'capped', cap: { points: null, count: 2, period_days: 3 } }),
    pointRule({
      id: 'mentor',
      recipient: 'referrer',
      award: { kind: 'fixed', points: 4 },
      cap: { points: 10, count: null, period_days: null },
    }),
    pointRule({
      id: 'spend',
      event: 'purchase',
      award: { kind: 'per_value', points: 1, per: usd(100n), rounding: 'down' },
      cap: { points: 30, count: null, period_days: 3 },
      expires_days: 30,
    }),
    pointRule({ id: 'third', condition: 'event.ordinal >= 3', award: { kind: 'fixed', points: 1 } }),
    pointRule({ id: 'large', event: 'purchase', condition: 'event.properties.size == "large"' }),
    pointRule({ id: 'brought', event: 'review', condition: 'referrer.qualified_count >= 0' }),
    pointRule({ id: 'welcome', event: 'signup' }),
  ],
  achievements: [
    rule('nth', { kind: 'nth', event: 'contribution', count: 2 }, { kind: 'points', points: 15 }),
    rule(
      'sum',
      { kind: 'sum', event: 'purchase', at_least: usd(3_000n), days: 3 },
      { kind: 'points', points: 5 },
    ),
    rule(
      'week',
      { kind: 'streak', event: 'contribution', by: 'day', length: 2 },
      { kind: 'credit', amount: usd(300n) },
    ),
    rule(
      'pioneer',
      { kind: 'first', event: 'purchase', within: 'program' },
      { kind: 'badge', label: 'Pioneer' },
      false,
    ),
    rule(
      'reviewer',
      { kind: 'first', event: 'review', within: 'member' },
      { kind: 'perk', label: 'A' },
      false,
    ),
  ],
};

/** Something that happens to bob: an action, or a refund of another deed. */
const DEED = fc.record({
  type: fc.oneof(
    { weight: 6, arbitrary: fc.constant('contribution') },
    { weight: 6, arbitrary: fc.constant('purchase') },
    { weight: 5, arbitrary: fc.constant('refund') },
    { weight: 2, arbitrary: fc.constant('review') },
    { weight: 1, arbitrary: fc.constantFrom('signup', 'unheard') },
  ),
  hour: fc.nat({ max: 120 }),
  minor: fc.option(fc.constantFrom(50n, 900n, 2_550n, 4_000n)),
  unit: fc.constantFrom('USD', 'USD', 'EUR', 'JPY'),
  size: fc.constantFrom('large', 'small', null),
  /** Which other deed a refund names, earlier or later; some name none. */
  of: fc.nat({ max: 14 }),
  /** Sent to the member itself, handed over by its referral, or both; about somebody unknown. */
  by: fc.oneof(
    { weight: 6, arbitrary: fc.constant('sent') },
    { weight: 3, arbitrary: fc.constant('handed') },
    { weight: 1, arbitrary: fc.constantFrom('both', 'nobody') },
  ),
});

export type Deed = typeof DEED extends fc.Arbitrary<infer T> ? T : never;

/** What happens to bob, whom ann brought, and what the program can afford. */
export const PLAYS = fc.record({
  deeds: fc.array(DEED, { minLength: 6, maxLength: 20 }),
  /** In points, and in cents: unlimited, or soon used up. */
  budget: fc.constantFrom(null, null, 40n, 100n),
  credit: fc.constantFrom(100_000n, 1_000n, 700n),
  blocked: fc.constantFrom('ann', 'bob', null, null, null, null, null, null),
});

export type DrawnPlay = typeof PLAYS extends fc.Arbitrary<infer T> ? T : never;

/** A program in which all deeds are on record, and none is counted. `eventIds`: bob's queue, in order. */
export interface StagedPlay {
  readonly program: ProgramPlay;
  readonly memberId: string;
  readonly eventIds: readonly string[];
}

/** Stores what happens as the pump would have handed it over. */
export async function stage(
  database: TestDatabase,
  activities: Activities,
  { deeds, budget, credit, blocked }: DrawnPlay,
): Promise<StagedPlay> {
  const policy = pointsPolicy(POINTS, { budget: usd(credit) });
  let program = await playProgram(database, activities, policy);
  // Levels of one event are told in the order of their members' ids, so ann's is to be the first.
  const idOf = (externalId: string) => nameId('member', program.id, externalId);
  while (idOf('ann') > idOf('bob')) program = await playProgram(database, activities, policy);
  const { db, id: programId } = program;
  if (budget !== null) await db.$transaction((tx) => setBudget(tx, programId, 'PTS', budget));
  await seedRate(db, programId, { from: 'EUR', to: 'USD', rate: '1.0853' });
  for (const period of ['week', 'all_time'] as const) await seedBoard(db, programId, period, 'points');
  const ann = await program.member('ann');
  await program.signUp('bob', { code: ann.code }, { key: 'signup' });
  const bob = await db.member.findFirstOrThrow({ where: { programId, externalId: 'bob' } });
  const acted = await db.event.findMany({ where: { programId, type: 'member.acted' } });
  if (blocked !== null) {
    await db.member.updateMany({
      where: { programId, externalId: blocked },
      data: { blockedAt: at(0), blockedReason: 'a test' },
    });
  }
  const eventIds = acted.map(({ id }) => id);
  for (const [nth, deed] of deeds.entries()) {
    eventIds.push(...(await store(program, `member-${bob.id}`, { ...deed, key: `d${nth}` })));
  }
  return { program, memberId: bob.id, eventIds };
}

/** Stores a deed. Returns the events of it that are in bob's queue. */
async function store(
  { db, id: programId }: ProgramPlay,
  workflowId: string,
  { key, type, hour, minor, unit, size, of, by }: Deed & { readonly key: string },
): Promise<string[]> {
  const isHanded = by === 'handed' || by === 'both';
  const event = await seedEvent(db, programId, {
    key,
    type,
    subject: by === 'nobody' ? 'nobody' : 'bob',
    at: at(hour / 24),
    payload: size === null ? {} : { properties: { size } },
    ...(minor !== null && type !== 'contribution' && { value: { minor, unit } }),
    ...(type === 'refund' && { refundOf: `d${of}` }),
    ...(by !== 'handed' && { workflowId }),
  });
  if (!isHanded) return [event.id];
  const acted = await seedEvent(db, programId, {
    key: `acted:${event.id}`,
    type: 'member.acted',
    at: at(hour / 24),
    payload: { event: event.id },
    workflowId,
  });
  return by === 'both' ? [event.id, acted.id] : [acted.id];
}
