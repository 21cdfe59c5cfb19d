import { beforeEach, expect, test } from 'vitest';
import type { SurveyRule } from '../../domain/surveys/policy.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { DAY_MS, T0_MS, useActivities } from '../../tests/support/play.ts';
import {
  publishPolicy,
  type SeededMember,
  seedEvent,
  seedMember,
  seedProgram,
  seedRedemption,
  testPolicy,
} from '../../tests/support/seed.ts';
import { newsOf, seedSurvey } from '../../tests/support/surveys.ts';

const rule = (changes: Partial<SurveyRule> = {}): SurveyRule => ({
  id: 'nps',
  moment: { on: 'days_after_signup', days: 7 },
  remind_after_days: 3,
  lapse_after_days: 10,
  cap_days: 0,
  ...changes,
});

const lapse = rule({ id: 'quiet', moment: { on: 'lapse', days: 30 } });
const redeemed = rule({ id: 'paid', moment: { on: 'redemption' } });

let programId: string;
let ann: SeededMember;

const database = useDatabase({ poolMax: 20 });
const activities = useActivities(database);
async function begin(...surveys: readonly SurveyRule[]) {
  programId = await seedProgram(database.db, testPolicy(surveys.length === 0 ? {} : { surveys }));
  ann = await join('ann', 0);
}
beforeEach(() => begin(rule()));

const day = (days: number) => T0_MS + days * DAY_MS;

async function join(externalId: string, days: number): Promise<SeededMember> {
  const member = await seedMember(database.db, programId, externalId);
  const at = new Date(day(days));
  await database.db.member.updateMany({ where: { id: member.id }, data: { signedUpAt: at, createdAt: at } });
  return member;
}

const askAnn = (days: number) => activities.askMember({ programId, memberId: ann.id, now_ms: day(days) });
const surveysOf = (memberId = ann.id) =>
  database.db.survey.findMany({
    where: { programId, memberId },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  });
const calls = () => database.db.event.count({ where: { programId, type: 'survey.due' } });

async function only() {
  const [survey, ...more] = await surveysOf();
  if (survey === undefined || more.length > 0) throw new Error('there is one survey');
  return survey;
}

test('a member is asked when the moment comes and not before, once, and told when to look again', async () => {
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
  await begin(rule({ cap_days: 5 }), rule({ id: 'second', cap_days: 5 }));
  await askAnn(8);
  const rows = await surveysOf();
  expect(rows.map(({ dueAt }) => dueAt.getTime()).sort()).toEqual([day(8), day(13)]);
  const ref = (surveyId: string, days: number) => ({ programId, surveyId, now_ms: day(days) });
  // An outage: both are asked late, at the same time.
  await Promise.all(rows.map(({ id }) => activities.askSurvey(ref(id, 20))));
  const after = await surveysOf();
  expect(after.map(({ status }) => status).sort()).toEqual(['asked', 'scheduled']);
  expect(after.find(({ status }) => status === 'scheduled')?.dueAt.getTime()).toBe(day(25));
});

test('nobody is asked about what is long past', async () => {
  expect(await askAnn(38)).toEqual({ due_at_ms: null });
  expect(await surveysOf()).toEqual([]);
});

test('each redemption that was settled is an occasion of its own, and others are none', async () => {
  await begin(redeemed);
  const settle = async (status: 'settled' | 'paying', days: number) => {
    const { id } = await seedRedemption(database.db, programId, ann.id, { minor: 100n });
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
  await seedEvent(database.db, programId, { type: 'login', subject: 'ann', at: new Date(day(40)) });
  expect(await askAnn(45)).toEqual({ due_at_ms: day(70) });
  await askAnn(70);
  expect(await surveysOf()).toHaveLength(2);
});

test('every step that is done twice, or by twenty at once, is done once', async () => {
  await askAnn(7);
  const { id: surveyId } = await only();
  const at = (days: number) => ({ programId, surveyId, now_ms: day(days) });
  const many = (step: () => Promise<unknown>) => Promise.all(Array.from({ length: 20 }, step));
  await many(() => activities.askSurvey(at(7)));
  await many(() => activities.remindSurvey(at(9)));
  await many(() => activities.remindSurvey(at(10)));
  await many(() => activities.closeSurvey(at(16)));
  await many(() => activities.closeSurvey(at(17)));
  expect(await newsOf(database.db, programId)).toEqual(['survey.asked', 'survey.reminded', 'survey.lapsed']);
  expect(await only()).toMatchObject({ status: 'lapsed', endedAt: new Date(day(17)) });
});

test('an answer that is delivered twice counts once, and one that was given in time counts though it is taken late', async () => {
  await askAnn(7);
  const { id: surveyId } = await only();
  const at = (days: number) => ({ programId, surveyId, now_ms: day(days) });
  await activities.askSurvey(at(7));
  const payload = { answers: JSON.stringify({ nps: 2, comment: 'No.' }) };
  const seed = { type: 'survey.answered', payload, at: new Date(day(16)) };
  const { id: eventId } = await seedEvent(database.db, programId, seed);
  await Promise.all(Array.from({ length: 5 }, () => activities.answerSurvey({ ...at(30), eventId })));
  const { id: again } = await seedEvent(database.db, programId, seed);
  await activities.answerSurvey({ ...at(30), eventId: again });
  const answer = await database.db.surveyAnswer.findFirstOrThrow({ where: { surveyId } });
  expect(answer).toMatchObject({ score: 2, comment: 'No.', changes: 0 });
  expect(await newsOf(database.db, programId)).toEqual([
    'survey.asked',
    'survey.answered',
    'survey.detractor',
  ]);
  const told = await database.db.outbox.findMany({ where: { programId } });
  expect(JSON.stringify(told.map(({ payload: said }) => said))).not.toMatch(/No\.|nps":2|score/);
});

test('a survey is not closed over an answer that waits to be recorded, as while its program is paused', async () => {
  await askAnn(7);
  const { id: surveyId } = await only();
  const at = (days: number) => ({ programId, surveyId, now_ms: day(days) });
  await activities.askSurvey(at(7));
  await activities.remindSurvey(at(10));
  const { id: eventId } = await seedEvent(database.db, programId, {
    type: 'survey.answered',
    payload: { answers: JSON.stringify({ nps: 6 }) },
    at: new Date(day(16)),
    workflowId: `survey-${surveyId}`,
  });
  const put = await activities.closeSurvey(at(17));
  expect(put).toMatchObject({ status: 'reminded', turn: { step: 'lapse', at_ms: day(17) + 3_600_000 } });
  expect(await activities.answerSurvey({ ...at(18), eventId })).toMatchObject({ status: 'answered' });
  expect(await activities.closeSurvey(at(18))).toMatchObject({ status: 'closed', turn: null });
});

test('an answer given after the end is refused, even when the survey was not closed yet', async () => {
  await askAnn(7);
  const { id: surveyId } = await only();
  await activities.askSurvey({ programId, surveyId, now_ms: day(7) });
  const payload = { answers: JSON.stringify({ nps: 2 }) };
  const { id: eventId } = await seedEvent(database.db, programId, {
    type: 'survey.answered',
    payload,
    at: new Date(day(17)),
  });
  await activities.answerSurvey({ programId, surveyId, eventId, now_ms: day(17) });
  const event = await database.db.event.findFirstOrThrow({ where: { id: eventId } });
  expect(event.outcome).toMatchObject({ decision: 'refused', code: 'survey_closed' });
  expect(await database.db.surveyAnswer.count({ where: { programId } })).toBe(0);
});

test('a survey that the policy in force no longer has, or whose program has ended, is not asked', async () => {
  await askAnn(7);
  const { id: surveyId } = await only();
  await publishPolicy(database.db, programId, testPolicy({ surveys: [lapse] }), 2);
  const snapshot = await activities.askSurvey({ programId, surveyId, now_ms: day(7) });
  expect(snapshot).toMatchObject({ status: 'cancelled', reason: 'survey_withdrawn', turn: null });
  const bob = await join('bob', 0);
  await publishPolicy(database.db, programId, testPolicy({ surveys: [rule()] }), 3);
  await activities.askMember({ programId, memberId: bob.id, now_ms: day(7) });
  const [his] = await surveysOf(bob.id);
  await database.db.program.update({ where: { id: programId }, data: { status: 'ended' } });
  const ended = await activities.askSurvey({ programId, surveyId: his?.id ?? '', now_ms: day(7) });
  expect(ended).toMatchObject({ status: 'cancelled', reason: 'program_ended' });
});

/** Looks until nothing is left to look at, as the schedule's workflow does. */
async function find(days: number): Promise<number> {
  // Programs of other tests have members of their own.
  const others = { id: { not: programId }, status: { not: 'ended' as const } };
  await database.db.program.updateMany({ where: others, data: { status: 'paused' } });
  let looked = 0;
  for (;;) {
    const found = await activities.findMoments({ now_ms: day(days) });
    looked += found.looked;
    if (!found.more) return looked;
  }
}

test('the search finds every member whose signup is so many days back, over several pages, and goes on where it stopped', async () => {
  const count = 250;
  const data = Array.from({ length: count }, (_, nth) => ({
    programId,
    id: crypto.randomUUID(),
    externalId: `m${nth}`,
    referralCode: `${programId}-${nth}`,
    // All of one import have the same time.
    signedUpAt: new Date(day(nth < 210 ? 1 : 2)),
  }));
  await database.db.member.createMany({ data });
  expect(await find(7.5)).toBe(1);
  expect(await find(8)).toBe(210);
  const total = () => database.db.survey.count({ where: { programId } });
  expect(await total()).toBe(211);
  await find(9);
  expect(await total()).toBe(count + 1);
  // The last minutes before the mark are looked at again, and nobody is asked again.
  expect(await find(9.5)).toBe(40);
  expect(await find(10)).toBe(0);
  expect(await calls()).toBe(count + 1);
}, 60_000);

test('a search that was killed before it noted how far it had come asks nobody twice when it runs again', async () => {
  await find(8);
  const before = await surveysOf();
  await database.db.surveyMark.updateMany({ where: { programId }, data: { reachedAt: new Date(day(0)) } });
  expect(await find(8.5)).toBe(1);
  expect(await surveysOf()).toEqual(before);
  expect(await calls()).toBe(1);
});

test('the search finds whoever has fallen silent: with events long ago, or never any, and nobody who is active', async () => {
  await begin(lapse);
  const [bob, cid] = [await join('bob', 0), await join('cid', 0)];
  const received = async (subject: string, days: number) => {
    const { id } = await seedEvent(database.db, programId, {
      type: 'login',
      subject,
      at: new Date(day(days)),
    });
    const hex = day(days).toString(16).padStart(12, '0');
    const dated = `${hex.slice(0, 8)}-${hex.slice(8)}${id.slice(13)}`;
    await database.db.$executeRaw`
      UPDATE events SET id = ${dated}::uuid, received_at = ${new Date(day(days))} WHERE id = ${id}::uuid`;
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
  await database.db.program.update({ where: { id: programId }, data: { status: 'paused' } });
  await find(8);
  expect(await surveysOf()).toEqual([]);
});

test('a survey whose workflow was lost is called again, once for each turn that it missed', async () => {
  const at = new Date(day(50));
  await seedSurvey(database.db, programId, ann.id, { at, open_ms: DAY_MS });
  await database.db.survey.updateMany({
    where: { turnAt: { lt: at } },
    data: { turnAt: new Date(day(9_999)) },
  });
  expect(await activities.wakeSurveys({ now_ms: day(51) })).toEqual({ woken: 0 });
  expect(await activities.wakeSurveys({ now_ms: day(52) })).toEqual({ woken: 1 });
  expect(await activities.wakeSurveys({ now_ms: day(53) })).toEqual({ woken: 0 });
});
