import { expect, test } from 'vitest';
import { useDatabase } from '../../tests/support/database.ts';
import { engageProgram, grantTo } from '../../tests/support/engage.ts';
import { TASK_QUEUE, useEngine } from '../../tests/support/engine.ts';
import { outcomeOf, until } from '../../tests/support/hand-over.ts';
import { payloadsOf } from '../../tests/support/payloads.ts';
import { DAY_MS } from '../../tests/support/play.ts';
import { seedEvent, seedMember, seedProgram, testPolicy } from '../../tests/support/seed.ts';
import { NPS_SURVEY, newsOf } from '../../tests/support/surveys.ts';
import { MEMBER_ID, PROGRAM_ID } from '../search-attributes.ts';
import type { SurveysRun } from './schedule.ts';

const database = useDatabase();
const engine = useEngine({ database, server: 'dev' });
test('a first reward leads to a question and answer, and its workflow shows where it stands', async () => {
  const { db } = database;
  const surveys = [{ ...NPS_SURVEY, moment: { on: 'first_reward' as const } }];
  const programId = await seedProgram(db, testPolicy({ surveys }));
  await engageProgram(db, programId);
  const { id: memberId } = await seedMember(db, programId, 'ann', 'ann.lee@example.org');
  const now_ms = Date.now();
  await grantTo(db, { programId, memberId, key: 'thanks:1', occurred_at_ms: now_ms, now_ms });
  const survey = await until('the question', () =>
    db.survey.findFirst({ where: { programId, memberId, status: 'asked' } }),
  );
  const workflowId = `survey-${survey.id}`;
  const payload = { answers: JSON.stringify({ nps: 9, comment: 'Quick and friendly' }) };
  const event = await seedEvent(db, programId, { type: 'survey.answered', workflowId, payload });
  await db.$executeRaw`SELECT pg_notify('events', '')`;
  expect(await outcomeOf(db, event.id)).toMatchObject({ decision: 'accepted', stage: 'answered' });
  expect(await newsOf(db, programId)).toEqual(['survey.asked', 'survey.answered', 'survey.promoter']);
  // What was told of the survey concerns the member, and came to the member's own workflow.
  await until('the member to have heard', async () => {
    const open = { programId, type: 'member.told', state: { not: 'decided' as const } };
    return (await db.event.count({ where: open })) === 0;
  });
  expect(await db.survey.count({ where: { programId } })).toBe(1);
  const handle = engine.client.workflow.getHandle(workflowId);
  const described = await handle.describe();
  expect(await described.staticSummary()).toMatch(/survey/i);
  expect(described.typedSearchAttributes.get(PROGRAM_ID)).toBe(programId);
  expect(described.typedSearchAttributes.get(MEMBER_ID)).toBe(memberId);
  const shown = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  expect(shown.currentDetails).toContain('| status | answered |');
  expect(shown.currentDetails).toMatch(/next \| close at 20/);
  const told = payloadsOf(JSON.stringify(await handle.fetchHistory()));
  expect(told).toContain(survey.id);
  expect(told).not.toMatch(/Quick|friendly|\bann\b|lee@|"nps":/);
});

test('the schedule asks members whose own workflow does not run, and its second run nobody', async () => {
  const { db } = database;
  const programId = await seedProgram(db, testPolicy({ surveys: [NPS_SURVEY] }));
  const { id } = await seedMember(db, programId, 'bob');
  await db.member.updateMany({ where: { id }, data: { signedUpAt: new Date(Date.now() - 8 * DAY_MS) } });
  const run = async (nth: number) => {
    const start = { workflowId: `surveys-${nth}`, taskQueue: TASK_QUEUE };
    return await engine.client.workflow.execute<() => Promise<SurveysRun>>('surveys', start);
  };
  expect(await run(1)).toMatchObject({ woken: 0 });
  await until('the question', () => db.survey.findFirst({ where: { programId, status: 'asked' } }));
  await run(2);
  expect(await db.survey.count({ where: { programId } })).toBe(1);
});
