import type { WorkflowHandle } from '@temporalio/client';
import { beforeEach, expect, test } from 'vitest';
import { useDatabase } from './database.ts';
import { useEngine } from './engine.ts';
import { handOver, outcomeOf, until } from './hand-over.ts';
import { DAY_MS } from './play.ts';
import { type SeededMember, seedEvent, seedMember, seedProgram, testPolicy } from './seed.ts';
import { NPS_SURVEY, newsOf } from './surveys.ts';

/** Every way a survey's workflow can go, in skipped time. */
export function surveyScenarios(maxCachedWorkflows: number): void {
  let programId: string;
  let ann: SeededMember;

  const database = useDatabase();
  const engine = useEngine({ database, server: 'skipping', pump: false, maxCachedWorkflows });

  beforeEach(async () => {
    programId = await seedProgram(database.db, testPolicy({ surveys: [NPS_SURVEY] }));
    ann = await seedMember(database.db, programId, 'ann');
  });

  /** Ann's survey, made by the step that finds it due, and its workflow, started as the pump would. */
  async function begin() {
    const { db } = database;
    const now_ms = await engine.env.currentTimeMs();
    await db.member.updateMany({
      where: { programId, id: ann.id },
      data: { signedUpAt: new Date(now_ms - 7 * DAY_MS) },
    });
    await engine.activities.askMember({ programId, memberId: ann.id, now_ms });
    const survey = await db.survey.findFirstOrThrow({ where: { programId } });
    const workflowId = `survey-${survey.id}`;
    const due = await db.event.findFirstOrThrow({ where: { programId, workflowId } });
    const give = (eventId: string, type: string): Promise<WorkflowHandle> =>
      handOver(engine, programId, workflowId, [{ eventId, type }]);
    const handle = await give(due.id, due.type);
    await until('the question', () => db.survey.findFirst({ where: { id: survey.id, status: 'asked' } }));
    const tell = async (type: string, payload: Readonly<Record<string, unknown>> = {}) => {
      const at = new Date(await engine.env.currentTimeMs());
      const { id } = await seedEvent(db, programId, { type, workflowId, payload, at });
      return { id, handle: await give(id, type) };
    };
    const answer = (values: object) => tell('survey.answered', { answers: JSON.stringify(values) });
    const read = () => db.survey.findFirstOrThrow({ where: { id: survey.id }, include: { answer: true } });
    return { id: survey.id, handle, tell, answer, read, asked_at_ms: now_ms };
  }

  const days = (from: Date | null, to: Date | null) =>
    ((to?.getTime() ?? 0) - (from?.getTime() ?? 0)) / DAY_MS;

  test('a silent member is asked, reminded once after the policy’s days, and let go at the end', async () => {
    const { handle, read } = await begin();
    expect(await handle.result()).toMatchObject({ status: 'lapsed', turn: null });
    const row = await read();
    expect(days(row.askedAt, row.remindedAt)).toBeCloseTo(3, 3);
    expect(days(row.askedAt, row.endedAt)).toBeCloseTo(10, 3);
    expect(await newsOf(database.db, programId)).toEqual([
      'survey.asked',
      'survey.reminded',
      'survey.lapsed',
    ]);
  });

  test('an answer may be changed until the survey is closed, and is refused afterwards', async () => {
    const { answer, read } = await begin();
    const first = await answer({ nps: 4, comment: 'slow' });
    expect(await outcomeOf(database.db, first.id)).toMatchObject({ decision: 'accepted', stage: 'answered' });
    await engine.env.sleep(5 * DAY_MS);
    const { id, handle } = await answer({ nps: 10 });
    await outcomeOf(database.db, id);
    expect(await handle.result()).toMatchObject({ status: 'closed' });
    const row = await read();
    expect(row.answer).toMatchObject({ score: 10, comment: null, changes: 1 });
    expect(row.remindedAt).toBeNull();
    const late = await answer({ nps: 0 });
    expect(await late.handle.result()).toMatchObject({ status: 'closed' });
    expect(await outcomeOf(database.db, late.id)).toMatchObject({
      decision: 'refused',
      code: 'survey_closed',
    });
    expect((await read()).answer).toMatchObject({ score: 10, changes: 1 });
    expect(await newsOf(database.db, programId)).toEqual([
      'survey.asked',
      'survey.answered',
      'survey.detractor',
      'survey.answered',
      'survey.promoter',
    ]);
  });

  test('an answer after the reminder ends the asking as well as one before it', async () => {
    const { answer, read } = await begin();
    await engine.env.sleep(4 * DAY_MS);
    expect(await read()).toMatchObject({ status: 'reminded' });
    const { handle } = await answer({ nps: 8 });
    expect(await handle.result()).toMatchObject({ status: 'closed' });
    expect((await read()).answer).toMatchObject({ score: 8 });
  });

  test('a wrong answer is refused with its reason, and the survey goes on without it', async () => {
    const { answer, handle, read } = await begin();
    const wrong = [
      [{ nps: 11 }, 'answer_out_of_range'],
      [{ nps: '9' }, 'answer_kind_wrong'],
      [{ other: 1 }, 'answer_question_unknown'],
      [{ comment: 'x'.repeat(2_001) }, 'answer_too_long'],
      [{ comment: '  ' }, 'answer_empty'],
    ] as const;
    for (const [values, code] of wrong) {
      const { id } = await answer(values);
      expect(await outcomeOf(database.db, id)).toMatchObject({ decision: 'refused', code, stage: 'asked' });
    }
    expect((await read()).answer).toBeNull();
    expect(await handle.result()).toMatchObject({ status: 'lapsed' });
  });

  test('a survey that is withdrawn is neither reminded of nor answered any more', async () => {
    const { tell, answer, read } = await begin();
    const { handle } = await tell('survey.cancelled');
    expect(await handle.result()).toMatchObject({ status: 'cancelled', reason: 'operator_cancelled' });
    const late = await answer({ nps: 9 });
    expect(await outcomeOf(database.db, late.id)).toMatchObject({ code: 'survey_closed' });
    expect((await read()).answer).toBeNull();
    expect(await newsOf(database.db, programId)).toEqual(['survey.asked']);
  });

  test('a command that the workflow does not know is parked, and the survey goes on', async () => {
    const { tell, handle } = await begin();
    const { id } = await tell('survey.mislaid');
    const parked = await until('the parking', () =>
      database.db.event.findFirst({ where: { id, state: 'parked' } }),
    );
    expect(parked.reason).toBe('no step for events of type survey.mislaid');
    expect(await handle.result()).toMatchObject({ status: 'lapsed' });
  });
}
