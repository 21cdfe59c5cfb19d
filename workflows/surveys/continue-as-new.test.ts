import { expect, test } from 'vitest';
import { testDatabase } from '../../tests/support/database.ts';
import { startEngine } from '../../tests/support/engine.ts';
import { handOver, outcomeOf, until } from '../../tests/support/hand-over.ts';
import { seedEvent, seedMember, seedProgram, testPolicy } from '../../tests/support/seed.ts';
import { NPS_SURVEY, newsOf, seedSurvey } from '../../tests/support/surveys.ts';
import { currentSurvey } from './messages.ts';

test('a survey changed again and again continues as new, asks once and keeps the last answer', async () => {
  const database = await testDatabase();
  const engine = await startEngine({ database, server: 'dev', pump: false, continueAsNewAfter: 15 });
  try {
    const { db } = database;
    const programId = await seedProgram(db, testPolicy({ surveys: [NPS_SURVEY] }));
    const { id: memberId } = await seedMember(db, programId, 'ann');
    const surveyId = await seedSurvey(db, programId, memberId, { status: 'scheduled' });
    const workflowId = `survey-${surveyId}`;
    const give = async (type: string, payload: object = {}) => {
      const { id } = await seedEvent(db, programId, { type, workflowId, payload: { ...payload } });
      const handle = await handOver(engine, programId, workflowId, [{ eventId: id, type }]);
      await outcomeOf(db, id);
      return handle;
    };
    const handle = await give('survey.due');
    const { runId: firstRun } = await handle.describe();
    await until('the question', () => db.survey.findFirst({ where: { id: surveyId, status: 'asked' } }));
    for (let score = 0; score <= 10; score += 1) {
      await give('survey.answered', { answers: JSON.stringify({ nps: score }) });
    }
    const { runId } = await handle.describe();
    expect(runId).not.toBe(firstRun);
    expect(await handle.query(currentSurvey)).toMatchObject({ status: 'answered', turn: { step: 'close' } });
    const answer = await db.surveyAnswer.findFirstOrThrow({ where: { surveyId } });
    expect(answer).toMatchObject({ score: 10, changes: 10 });
    const news = await newsOf(db, programId);
    expect(news.filter((type) => type === 'survey.asked')).toHaveLength(1);
    expect(news.filter((type) => type === 'survey.answered')).toHaveLength(11);
    expect(news.filter((type) => type === 'survey.promoter')).toHaveLength(1);
  } finally {
    await engine.close();
    await database.drop();
  }
}, 90_000);
