import { Client } from '@temporalio/client';
import { expect, test } from 'vitest';
import { newId } from '../platform/ids.ts';
import { useDatabase } from '../tests/support/database.ts';
import { TASK_QUEUE, useEngine } from '../tests/support/engine.ts';
import { handOver, outcomeOf } from '../tests/support/hand-over.ts';
import { DAY_MS } from '../tests/support/play.ts';
import { publishPolicy, seedMember, seedProgram, testPolicy } from '../tests/support/seed.ts';
import { NPS_SURVEY, newsOf } from '../tests/support/surveys.ts';
import type { ProgramsRun } from './programs/schedule.ts';
import type { SurveysRun } from './surveys/schedule.ts';

let runs = 0;

const database = useDatabase();
const engine = useEngine({ database, server: 'skipping', pump: false });

/** One run as a schedule starts it. Its result is asked for by a client that lets no time pass. */
async function run<T>(workflowType: string): Promise<T> {
  runs += 1;
  const client = new Client({ connection: engine.env.connection });
  const workflowId = `${workflowType}-${runs}`;
  return (await client.workflow.execute(workflowType, { workflowId, taskQueue: TASK_QUEUE })) as T;
}

test('a program begins and ends at its times, once, though the schedule looks every five days', async () => {
  const start_ms = await engine.env.currentTimeMs();
  const at = (days: number) => new Date(start_ms + days * DAY_MS);
  const id = newId();
  await database.db.program.create({
    data: {
      id,
      slug: `p-${id}`,
      name: 'A campaign',
      allowedHosts: [],
      defaultDestination: 'https://example.com/',
      status: 'draft',
      startsAt: at(12),
      endsAt: at(33),
    },
  });
  await publishPolicy(database.db, id, testPolicy(), 1);
  const seen: string[] = [];
  const steps = { started: 0, ended: 0 };
  for (let day = 0; day <= 40; day += 5) {
    const { started, ended } = await run<ProgramsRun>('programs');
    steps.started += started;
    steps.ended += ended;
    const { status } = await database.db.program.findUniqueOrThrow({ where: { id } });
    seen.push(`${day} ${status}`);
    await engine.env.sleep(5 * DAY_MS);
  }
  expect(seen).toEqual([
    '0 draft',
    '5 draft',
    '10 draft',
    '15 live',
    '20 live',
    '25 live',
    '30 live',
    '35 ended',
    '40 ended',
  ]);
  expect(steps).toEqual({ started: 1, ended: 1 });
  const told = await database.db.outbox.findMany({
    where: { programId: id, type: { startsWith: 'program.' } },
    orderBy: { id: 'asc' },
  });
  expect(told.map(({ type }) => type)).toEqual(['program.started', 'program.ended']);
});

test('a member is found on the seventh day, asked, reminded once, let go, not asked that year', async () => {
  const { db } = database;
  const programId = await seedProgram(db, testPolicy({ surveys: [NPS_SURVEY] }));
  const { id: memberId } = await seedMember(db, programId, 'ann');
  const joined_ms = await engine.env.currentTimeMs();
  const signedUpAt = new Date(joined_ms);
  await db.member.updateMany({ where: { programId, id: memberId }, data: { signedUpAt } });
  const surveys = () => db.survey.findMany({ where: { programId, memberId } });
  for (let day = 0; day < 7; day += 1) {
    await run<SurveysRun>('surveys');
    expect(await surveys(), `day ${day}`).toEqual([]);
    await engine.env.sleep(DAY_MS);
  }
  await run<SurveysRun>('surveys');
  await run<SurveysRun>('surveys');
  const due = await db.event.findMany({ where: { programId, type: 'survey.due' } });
  expect(due).toHaveLength(1);
  const [event] = due;
  const workflowId = event?.workflowId ?? '';
  const eventId = event?.id ?? '';
  const handle = await handOver(engine, programId, workflowId, [{ eventId, type: 'survey.due' }]);
  await outcomeOf(db, eventId);
  expect(await handle.result()).toMatchObject({ status: 'lapsed' });
  expect(await newsOf(db, programId)).toEqual(['survey.asked', 'survey.reminded', 'survey.lapsed']);
  const [survey] = await surveys();
  const asked_ms = survey?.askedAt?.getTime() ?? 0;
  expect(Math.floor((asked_ms - joined_ms) / DAY_MS)).toBe(7);
  expect((survey?.remindedAt?.getTime() ?? 0) - asked_ms).toBeGreaterThanOrEqual(3 * DAY_MS);
  expect((survey?.endedAt?.getTime() ?? 0) - asked_ms).toBeGreaterThanOrEqual(10 * DAY_MS);
  for (let month = 0; month < 12; month += 1) {
    await engine.env.sleep(30 * DAY_MS);
    await run<SurveysRun>('surveys');
  }
  expect(await surveys()).toHaveLength(1);
});
