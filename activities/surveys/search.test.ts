import { expect, test } from 'vitest';
import { DAY_MS } from '../../tests/support/play.ts';
import { seedEvent } from '../../tests/support/seed.ts';
import { day, lapse, useSurveyedMember } from '../../tests/support/surveyed-member.ts';
import { seedSurvey } from '../../tests/support/surveys.ts';

const on = useSurveyedMember();
const { database, activities, begin, join, surveysOf, calls } = on;

/** Looks until nothing is left to look at, as the schedule's workflow does. */
async function find(days: number): Promise<number> {
  // Programs of other tests have members of their own.
  const others = { id: { not: on.programId }, status: { not: 'ended' as const } };
  await database.db.program.updateMany({ where: others, data: { status: 'paused' } });
  let looked = 0;
  for (;;) {
    const found = await activities.findMoments({ now_ms: day(days) });
    looked += found.looked;
    if (!found.more) return looked;
  }
}

test('the search finds all who signed up so many days ago, page by page, and goes on', async () => {
  const count = 250;
  const data = Array.from({ length: count }, (_, nth) => ({
    programId: on.programId,
    id: crypto.randomUUID(),
    externalId: `m${nth}`,
    referralCode: `${on.programId}-${nth}`,
    // All of one import have the same time.
    signedUpAt: new Date(day(nth < 210 ? 1 : 2)),
  }));
  await database.db.member.createMany({ data });
  expect(await find(7.5)).toBe(1);
  expect(await find(8)).toBe(210);
  const total = () => database.db.survey.count({ where: { programId: on.programId } });
  expect(await total()).toBe(211);
  await find(9);
  expect(await total()).toBe(count + 1);
  // The last minutes before the mark are looked at again, and nobody is asked again.
  expect(await find(9.5)).toBe(40);
  expect(await find(10)).toBe(0);
  expect(await calls()).toBe(count + 1);
}, 60_000);

test('a search killed before it noted how far it had come asks nobody twice when it runs again', async () => {
  await find(8);
  const before = await surveysOf();
  await database.db.surveyMark.updateMany({
    where: { programId: on.programId },
    data: { reachedAt: new Date(day(0)) },
  });
  expect(await find(8.5)).toBe(1);
  expect(await surveysOf()).toEqual(before);
  expect(await calls()).toBe(1);
});

test('the search finds whoever has fallen silent, long ago or always, and nobody who is active', async () => {
  await begin(lapse);
  const [bob, cid] = [await join('bob', 0), await join('cid', 0)];
  const received = async (subject: string, days: number) => {
    const at = new Date(day(days));
    await seedEvent(database.db, on.programId, { type: 'login', subject, at, received: at });
  };
  await received('bob', 5);
  await received('cid', 5);
  await received('cid', 20);
  await find(36);
  expect((await surveysOf(bob.id)).map(({ occasion }) => occasion)).toEqual([`lapse-${day(5)}`]);
  expect(await surveysOf(cid.id)).toEqual([]);
  expect((await surveysOf()).map(({ occasion }) => occasion)).toEqual([`lapse-${day(0)}`]);
});

test('the search leaves programs alone that are not live', async () => {
  await database.db.program.update({ where: { id: on.programId }, data: { status: 'paused' } });
  await find(8);
  expect(await surveysOf()).toEqual([]);
});

test('a survey whose workflow was lost is called again, once for each turn that it missed', async () => {
  const at = new Date(day(50));
  await seedSurvey(database.db, on.programId, on.ann.id, { at, open_ms: DAY_MS });
  await database.db.survey.updateMany({
    where: { turnAt: { lt: at } },
    data: { turnAt: new Date(day(9_999)) },
  });
  expect(await activities.wakeSurveys({ now_ms: day(51) })).toEqual({ woken: 0 });
  expect(await activities.wakeSurveys({ now_ms: day(52) })).toEqual({ woken: 1 });
  expect(await activities.wakeSurveys({ now_ms: day(53) })).toEqual({ woken: 0 });
});
