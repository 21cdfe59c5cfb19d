import { expect, test } from 'vitest';
import { beginErasureSql } from '../../tests/support/erasing.ts';
import { whileHeld } from '../../tests/support/held.ts';
import { seedEvent, seedRedemption } from '../../tests/support/seed.ts';
import { testSurveyRule } from '../../tests/support/survey-rule.ts';
import { day, lapse, redeemed, useSurveyedMember } from '../../tests/support/surveyed-member.ts';

const on = useSurveyedMember();
const { database, activities, begin, askAnn, surveysOf, calls, only } = on;

test('a member is asked once the moment comes, once, and told when to look again', async () => {
  expect(await askAnn(6)).toEqual({ due_at_ms: day(7) });
  expect(await surveysOf()).toEqual([]);
  expect(await askAnn(7)).toEqual({ due_at_ms: null });
  expect(await askAnn(8)).toEqual({ due_at_ms: null });
  expect(await only()).toMatchObject({ status: 'scheduled', occasion: 'signup', dueAt: new Date(day(7)) });
  expect(await calls()).toBe(1);
});

test('twenty looks at once make one survey and call one workflow', async () => {
  await Promise.all(Array.from({ length: 20 }, () => askAnn(8)));
  expect(await surveysOf()).toHaveLength(1);
  expect(await calls()).toBe(1);
});

test('without surveys in the policy in force nothing is written', async () => {
  await begin();
  expect(await askAnn(8)).toEqual({ due_at_ms: null });
  expect(await surveysOf()).toEqual([]);
});

test('two surveys that are due at once are asked their cap apart, whichever asks first', async () => {
  await begin(testSurveyRule({ cap_days: 5 }), testSurveyRule({ id: 'second', cap_days: 5 }));
  await askAnn(8);
  const rows = await surveysOf();
  expect(rows.map(({ dueAt }) => dueAt.getTime()).sort()).toEqual([day(8), day(13)]);
  const ref = (surveyId: string, days: number) => ({ programId: on.programId, surveyId, now_ms: day(days) });
  // An outage: both are asked late, at the same time.
  await Promise.all(rows.map(({ id }) => activities.askSurvey(ref(id, 20))));
  const after = await surveysOf();
  expect(after.map(({ status }) => status).sort()).toEqual(['asked', 'scheduled']);
  expect(after.find(({ status }) => status === 'scheduled')?.dueAt.getTime()).toBe(day(25));
});

test('of two surveys that are due, calls at the same time make each once, their cap apart', async () => {
  await begin(testSurveyRule({ cap_days: 5 }), testSurveyRule({ id: 'second', cap_days: 5 }));
  await Promise.all(Array.from({ length: 10 }, () => askAnn(8)));
  expect((await surveysOf()).map(({ dueAt }) => dueAt.getTime()).sort()).toEqual([day(8), day(13)]);
  expect(await calls()).toBe(2);
});

test('who is being erased while a call waits for their row is asked nothing', async () => {
  const erase = beginErasureSql(on.programId, on.ann.id);
  const asked = await whileHeld(database.ownerUrl, erase, async (waiters) => {
    const asking = askAnn(8);
    await waiters(1);
    return { asking };
  });
  expect(await asked.asking).toEqual({ due_at_ms: null });
  expect(await surveysOf()).toEqual([]);
});

test('nobody is asked about what is long past', async () => {
  expect(await askAnn(38)).toEqual({ due_at_ms: null });
  expect(await surveysOf()).toEqual([]);
});

test('each redemption that was settled is an occasion of its own, and others are none', async () => {
  await begin(redeemed);
  const settle = async (status: 'settled' | 'paying', days: number) => {
    const { id } = await seedRedemption(database.db, on.programId, on.ann.id, { minor: 100n });
    await database.db.redemption.updateMany({
      where: { id },
      data: { status, updatedAt: new Date(day(days)) },
    });
    return id;
  };
  const ids = [await settle('settled', 1), await settle('settled', 2)];
  await settle('paying', 2);
  await askAnn(3);
  await askAnn(4);
  const rows = await surveysOf();
  expect(rows.map(({ occasion }) => occasion).sort()).toEqual(ids.map((id) => `redemption-${id}`).sort());
});

test('a silence is asked about once; whoever comes back and falls silent again is asked again', async () => {
  await begin(lapse);
  expect(await askAnn(29)).toEqual({ due_at_ms: day(30) });
  await askAnn(30);
  await askAnn(31);
  expect(await surveysOf()).toHaveLength(1);
  await seedEvent(database.db, on.programId, { type: 'login', subject: 'ann', at: new Date(day(40)) });
  expect(await askAnn(45)).toEqual({ due_at_ms: day(70) });
  await askAnn(70);
  expect(await surveysOf()).toHaveLength(2);
});
