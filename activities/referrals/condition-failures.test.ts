import { expect, test } from 'vitest';
import type { Policy } from '../../domain/policies/policy.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { at, type ProgramPlay, playProgram, T0, T0_MS, useActivities } from '../../tests/support/play.ts';
import { doAct, pointRule, testPoints } from '../../tests/support/points.ts';
import { fixedPolicy, referralIdOf, seedEvent, testPolicy, testRule } from '../../tests/support/seed.ts';

const database = useDatabase({ isProved: true });
const activities = useActivities(database);

/** Asks for a property that a purchase may lack. */
const CONDITION = 'event.properties.seats * 10 > 25';
const seats = (count: unknown) => ({ payload: { properties: { seats: count } } });

const everyAction = (id: string, condition: string | null) =>
  testRule({ id, trigger: { on: 'nth_event', event: 'purchase', from: 1, to: null }, condition });

const failuresOf = async ({ db, id: programId }: ProgramPlay) => {
  const rows = await db.conditionFailure.findMany({
    where: { programId },
    orderBy: [{ policyVersion: 'asc' }, { part: 'asc' }, { ruleId: 'asc' }],
  });
  return rows.map(({ policyVersion, part, ruleId, failures }) => [
    policyVersion,
    part,
    ruleId,
    Number(failures),
  ]);
};

async function open(policy: Policy) {
  const program = await playProgram(database, activities, policy);
  const ann = await program.member('ann');
  await program.signUp('bob', { code: ann.code });
  return { program, ann };
}

test('a condition that could not be evaluated is counted by rule, and not one that is false', async () => {
  const { program } = await open(
    testPolicy({ rules: [everyAction('seats', CONDITION), everyAction('any', null)] }),
  );
  const failed = await program.act('bob');
  await program.act('bob', seats('three'));
  await program.act('bob', seats(2));
  const held = await program.act('bob', seats(3));
  expect(held.outcome.rewards).toMatchObject([{ ruleId: 'seats', granted: true }, { ruleId: 'any' }]);
  expect(await failuresOf(program)).toEqual([[1, 'rules', 'seats', 2]]);
  const again = await program.again(failed, 'bob');
  expect(again.outcome).toEqual(failed.outcome);
  expect(await failuresOf(program)).toEqual([[1, 'rules', 'seats', 2]]);
});

test('one event that is decided 20 times at once counts once, and 20 events count 20 times', async () => {
  const { program } = await open(
    testPolicy({ rules: [everyAction('b', CONDITION), everyAction('a', CONDITION)] }),
  );
  const ref = { programId: program.id, referralId: referralIdOf(program.id, 'bob'), now_ms: T0_MS };
  const store = () => seedEvent(program.db, program.id, { type: 'purchase', subject: 'bob', at: T0 });
  const { id: eventId } = await store();
  await Promise.all(Array.from({ length: 20 }, () => activities.recordAction({ ...ref, eventId })));
  const one = [
    [1, 'rules', 'a', 1],
    [1, 'rules', 'b', 1],
  ];
  expect(await failuresOf(program)).toEqual(one);
  const others = await Promise.all(Array.from({ length: 20 }, store));
  await Promise.all(others.map(({ id }) => activities.recordAction({ ...ref, eventId: id })));
  expect(await failuresOf(program)).toEqual(one.map(([version, part, rule]) => [version, part, rule, 21]));
  const last = await program.db.conditionFailure.findFirstOrThrow({ where: { programId: program.id } });
  expect(others.map(({ id }) => id)).toContain(last.lastEventId);
});

test('the condition for qualifying is counted, by the version under which the referral began', async () => {
  const base = testPolicy();
  const policy = { ...base, qualification: { ...base.qualification, condition: CONDITION } };
  const { program } = await open(policy);
  expect((await program.act('bob')).outcome.code).toBe('condition_invalid');
  expect((await program.act('bob', seats(2))).outcome.code).toBe('condition_false');
  expect(await failuresOf(program)).toEqual([[1, 'qualification', '', 1]]);
});

test('a point rule is counted apart from a rule of rewards that has the same id', async () => {
  const points = testPoints({ rules: [pointRule({ id: 'same', condition: CONDITION })] });
  const program = await playProgram(database, activities, fixedPolicy(500n, 0, { points }));
  const ann = { ...(await program.member('ann')), externalId: 'ann' };
  for (const day of [0, 1]) await doAct(program, ann, { at: at(day) });
  expect(await failuresOf(program)).toEqual([[1, 'points', 'same', 2]]);
});
