import { expect, test } from 'vitest';
import { publishPolicy, seedEvent, testPolicy } from '../../tests/support/seed.ts';
import { testSurveyRule } from '../../tests/support/survey-rule.ts';
import { day, lapse, useSurveyedMember } from '../../tests/support/surveyed-member.ts';
import { newsOf } from '../../tests/support/surveys.ts';

const on = useSurveyedMember();
const { database, activities, join, askAnn, surveysOf, only } = on;

test('every step that is done twice, or by twenty at once, is done once', async () => {
  await askAnn(7);
  const { id: surveyId } = await only();
  const at = (days: number) => ({ programId: on.programId, surveyId, now_ms: day(days) });
  const many = (step: () => Promise<unknown>) => Promise.all(Array.from({ length: 20 }, step));
  await many(() => activities.askSurvey(at(7)));
  await many(() => activities.remindSurvey(at(9)));
  await many(() => activities.remindSurvey(at(10)));
  await many(() => activities.closeSurvey(at(16)));
  await many(() => activities.closeSurvey(at(17)));
  expect(await newsOf(database.db, on.programId)).toEqual([
    'survey.asked',
    'survey.reminded',
    'survey.lapsed',
  ]);
  expect(await only()).toMatchObject({ status: 'lapsed', endedAt: new Date(day(17)) });
});

test('an answer delivered twice counts once, and one given in time counts though taken late', async () => {
  await askAnn(7);
  const { id: surveyId } = await only();
  const at = (days: number) => ({ programId: on.programId, surveyId, now_ms: day(days) });
  await activities.askSurvey(at(7));
  const payload = { answers: JSON.stringify({ nps: 2, comment: 'No.' }) };
  const seed = { type: 'survey.answered', payload, at: new Date(day(16)) };
  const { id: eventId } = await seedEvent(database.db, on.programId, seed);
  await Promise.all(Array.from({ length: 5 }, () => activities.answerSurvey({ ...at(30), eventId })));
  const { id: again } = await seedEvent(database.db, on.programId, seed);
  await activities.answerSurvey({ ...at(30), eventId: again });
  const answer = await database.db.surveyAnswer.findFirstOrThrow({ where: { surveyId } });
  expect(answer).toMatchObject({ score: 2, comment: 'No.', changes: 0 });
  expect(await newsOf(database.db, on.programId)).toEqual([
    'survey.asked',
    'survey.answered',
    'survey.detractor',
  ]);
  const told = await database.db.outbox.findMany({ where: { programId: on.programId } });
  expect(JSON.stringify(told.map(({ payload: said }) => said))).not.toMatch(/No\.|nps":2|score/);
});

test('a survey is not closed over an answer that waits, as while its program is paused', async () => {
  await askAnn(7);
  const { id: surveyId } = await only();
  const at = (days: number) => ({ programId: on.programId, surveyId, now_ms: day(days) });
  await activities.askSurvey(at(7));
  await activities.remindSurvey(at(10));
  const { id: eventId } = await seedEvent(database.db, on.programId, {
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
  await activities.askSurvey({ programId: on.programId, surveyId, now_ms: day(7) });
  const payload = { answers: JSON.stringify({ nps: 2 }) };
  const { id: eventId } = await seedEvent(database.db, on.programId, {
    type: 'survey.answered',
    payload,
    at: new Date(day(17)),
  });
  await activities.answerSurvey({ programId: on.programId, surveyId, eventId, now_ms: day(17) });
  const event = await database.db.event.findFirstOrThrow({ where: { id: eventId } });
  expect(event.outcome).toMatchObject({ decision: 'refused', code: 'survey_closed' });
  expect(await database.db.surveyAnswer.count({ where: { programId: on.programId } })).toBe(0);
});

test('a survey that the policy in force lacks, or whose program has ended, is not asked', async () => {
  await askAnn(7);
  const { id: surveyId } = await only();
  await publishPolicy(database.db, on.programId, testPolicy({ surveys: [lapse] }), 2);
  const snapshot = await activities.askSurvey({ programId: on.programId, surveyId, now_ms: day(7) });
  expect(snapshot).toMatchObject({ status: 'cancelled', reason: 'survey_withdrawn', turn: null });
  const bob = await join('bob', 0);
  await publishPolicy(database.db, on.programId, testPolicy({ surveys: [testSurveyRule()] }), 3);
  await activities.askMember({ programId: on.programId, memberId: bob.id, now_ms: day(7) });
  const [his] = await surveysOf(bob.id);
  await database.db.program.update({ where: { id: on.programId }, data: { status: 'ended' } });
  const ended = await activities.askSurvey({
    programId: on.programId,
    surveyId: his?.id ?? '',
    now_ms: day(7),
  });
  expect(ended).toMatchObject({ status: 'cancelled', reason: 'program_ended' });
});
