import { expect, test } from 'vitest';
import type { PointRule, PointsPolicy } from '../../domain/points/policy.ts';
import { setBudget } from '../../ledger/post.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { rawSql } from '../../tests/support/ledger.ts';
import { playMerges } from '../../tests/support/merges.ts';
import { at, type ProgramPlay, playProgram, useActivities } from '../../tests/support/play.ts';
import { doAct, pointRule, pointsOf, pointsPolicy } from '../../tests/support/points.ts';
import { publishPolicy, usd } from '../../tests/support/seed.ts';

/** What a late action changes for those after it, where point rules ask for an event's number. */
const database = useDatabase({ isProved: true });
const activities = useActivities(database);

const first = pointRule({ id: 'first', condition: 'event.ordinal == 1' });
const even = pointRule({
  id: 'even',
  award: { kind: 'fixed', points: 3 },
  condition: 'event.ordinal % 2 == 0',
});
const odd = { ...even, id: 'odd', condition: 'event.ordinal % 2 == 1' };
const second = pointRule({
  id: 'second',
  award: { kind: 'per_value', points: 1, per: usd(100n), rounding: 'down' },
  condition: 'event.ordinal == 2',
});

async function open(rules: readonly PointRule[], points: Partial<PointsPolicy> = {}) {
  const program = await playProgram(database, activities, pointsPolicy({ rules, levels: [], ...points }));
  const ann = { ...(await program.member('ann')), externalId: 'ann' };
  const act = (day: number, minor = 1_000n) =>
    doAct(program, ann, { key: `c${day}`, at: at(day), value: usd(minor) });
  const refund = (of: string, minor: bigint | null = null) =>
    doAct(program, ann, {
      ...{ type: 'refund', key: `-${of}`, refundOf: of, at: at(50) },
      ...(minor !== null && { value: usd(minor) }),
    });
  return { program, ann, act, refund };
}

/** The keys of the actions that have points of the rule, in order. */
async function earning({ db, id: programId }: ProgramPlay, ruleId: string) {
  const rows = await db.pointPosting.findMany({ where: { programId, ruleId, source: 'rule' } });
  const standing = rows.filter(({ amountMinor, reversedMinor }) => reversedMinor < amountMinor);
  const where = { programId, id: { in: standing.map(({ eventId }) => eventId ?? '') } };
  const events = await db.event.findMany({ where, orderBy: { occurredAt: 'asc' } });
  expect(events).toHaveLength(standing.length);
  return events.map(({ key }) => key);
}

test('points for the first action go to the earliest, in one step, and no level falls', async () => {
  const levels = [{ id: 'bronze', name: 'Bronze', from: 10 }];
  const { program, ann, act } = await open([first], { levels });
  await act(9);
  const { outcome } = await act(5);
  expect(await earning(program, 'first')).toEqual(['c5']);
  expect(await pointsOf(program, ann.id)).toEqual({ available: 10, lifetime: 10, level: 'bronze' });
  expect(await program.db.levelChange.count({ where: { programId: program.id } })).toBe(1);
  expect(outcome).toMatchObject({
    points: [{ ruleId: 'first', granted: true }],
    trace: { renumbered: { taken: [{ ruleId: 'first', events: 1, points: '10' }], granted: [] } },
  });
});

test('each late action turns round what those after it have, under keys of its own', async () => {
  const { program, ann, act } = await open([even]);
  for (const day of [9, 8, 7, 6]) await act(day);
  expect(await earning(program, 'even')).toEqual(['c7', 'c9']);
  await act(5);
  expect(await earning(program, 'even')).toEqual(['c6', 'c8']);
  expect(await pointsOf(program, ann.id)).toMatchObject({ available: 6, lifetime: 6 });
});

test('of two actions at one moment the key decides which is first', async () => {
  for (const keys of [['a', 'b'] as const, ['b', 'a'] as const]) {
    const { program, ann } = await open([first]);
    for (const key of keys) await doAct(program, ann, { key, at: at(1) });
    expect(await earning(program, 'first')).toEqual(['a']);
  }
});

test('a refunded action keeps its number', async () => {
  const { program, act, refund } = await open([second]);
  await act(1);
  await refund('c1');
  await act(2);
  expect(await earning(program, 'second')).toEqual(['c2']);
});

test('what refunds left of an action earns by its new number, and one taken back the rest', async () => {
  const { program, ann, act, refund } = await open([second]);
  await act(8, 1_000n);
  await refund('c8', 300n);
  await act(5, 400n);
  expect(await pointsOf(program, ann.id)).toMatchObject({ available: 7, lifetime: 7 });
  await refund('-c8');
  expect(await pointsOf(program, ann.id)).toMatchObject({ available: 10, lifetime: 10 });
});

test('an action that is refunded whole earns by its new number once the refund is taken back', async () => {
  const { program, ann, act, refund } = await open([second]);
  await act(8);
  await refund('c8');
  const { outcome } = await act(5, 400n);
  expect(outcome.trace).toBeUndefined();
  expect(await pointsOf(program, ann.id)).toMatchObject({ available: 0, lifetime: 0 });
  await refund('-c8');
  expect(await pointsOf(program, ann.id)).toMatchObject({ available: 10, lifetime: 10 });
});

test('what an action lost by its number no refund gives back', async () => {
  const { program, ann, act, refund } = await open([second]);
  await act(7);
  await act(8, 600n);
  await refund('c8', 200n);
  await act(5, 2_000n);
  expect(await earning(program, 'second')).toEqual(['c7']);
  await refund('-c8');
  await refund('c7');
  expect(await pointsOf(program, ann.id)).toMatchObject({ available: 0, lifetime: 0 });
  await refund('-c7');
  expect(await pointsOf(program, ann.id)).toMatchObject({ available: 10, lifetime: 10 });
});

test('an action of a month that is gone keeps its number, and its rules are asked', async () => {
  const { program, act } = await open([first, even]);
  await act(6);
  const gone = await act(8);
  await rawSql(database.ownerUrl, 'DELETE FROM events WHERE id = $1', [gone.id]);
  await act(7);
  const events = await program.db.memberAction.findMany({
    where: { programId: program.id },
    orderBy: { occurredAt: 'asc' },
  });
  expect(events.map(({ number }) => number)).toEqual([1, 2, 3]);
  expect(await earning(program, 'even')).toEqual(['c7']);
});

test('a cap has the room of what moved numbers take back', async () => {
  const cap = { points: null, count: 2, period_days: null };
  const { program, act } = await open([{ ...even, cap }]);
  for (const day of [5, 6, 7, 8]) await act(day);
  expect(await earning(program, 'even')).toEqual(['c6', 'c8']);
  await act(4);
  expect(await earning(program, 'even')).toEqual(['c5', 'c7']);
  const { outcome } = await act(9);
  expect(outcome.points).toMatchObject([{ granted: false, code: 'cap_reached' }]);
});

test('a budget has the room of what moved numbers take back, and what lacks it is told', async () => {
  const { program, act } = await open([even, { ...odd, award: { kind: 'fixed', points: 4 } }]);
  await program.db.$transaction((tx) => setBudget(tx, program.id, 'PTS', 7n));
  for (const day of [8, 9]) await act(day);
  const { outcome } = await act(7);
  expect(await earning(program, 'odd')).toEqual(['c7']);
  expect(await earning(program, 'even')).toEqual(['c8']);
  expect(outcome.trace).toEqual({
    renumbered: {
      taken: [
        { ruleId: 'odd', events: 1, points: '4' },
        { ruleId: 'even', events: 1, points: '3' },
      ],
      granted: [{ ruleId: 'even', events: 1, points: '3' }],
      refused: [{ ruleId: 'odd', events: 1, code: 'budget_exhausted', message: expect.any(String) }],
    },
  });
});

test('a referrer has points for the friend’s action that has the number', async () => {
  const mentor = pointRule({ id: 'mentor', recipient: 'referrer', condition: 'event.ordinal == 1' });
  const { program, ann } = await open([mentor]);
  await program.signUp('bob', { code: ann.code }, { at: at(0) });
  const bob = await program.db.member.findFirstOrThrow({
    where: { programId: program.id, externalId: 'bob' },
  });
  for (const day of [9, 5]) await doAct(program, bob, { key: `c${day}`, at: at(day) });
  expect(await earning(program, 'mentor')).toEqual(['c5']);
  expect(await pointsOf(program, ann.id)).toMatchObject({ available: 10, lifetime: 10 });
});

test('an action is asked again by the version of the policy that counted it', async () => {
  const { program, ann, act } = await open([second]);
  for (const day of [8, 9]) await act(day);
  const more = { ...second, award: { kind: 'fixed', points: 500 } } as const;
  await publishPolicy(program.db, program.id, pointsPolicy({ rules: [more], levels: [] }), 2);
  await act(7);
  expect(await earning(program, 'second')).toEqual(['c8']);
  expect(await pointsOf(program, ann.id)).toMatchObject({ available: 10 });
});

test('two accounts that are merged number their actions together, and keep what they had', async () => {
  const policy = pointsPolicy({ rules: [second], levels: [] });
  const { program, ann, anna, merge } = await playMerges(database, activities, policy);
  const act = (member: typeof ann, day: number) =>
    doAct(program, member, { key: `c${day}`, at: at(day), value: usd(1_000n) });
  for (const day of [5, 7]) await act(ann, day);
  for (const day of [6, 8]) await act(anna, day);
  await merge(anna.id, ann.id, 1);
  expect(await earning(program, 'second')).toEqual(['c7', 'c8']);
  await act(ann, 4);
  expect(await earning(program, 'second')).toEqual(['c5', 'c7', 'c8']);
  await act(ann, 3);
  expect(await earning(program, 'second')).toEqual(['c4', 'c7', 'c8']);
});
