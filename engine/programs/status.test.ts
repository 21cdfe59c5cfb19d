import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Activities } from '../../activities/create.ts';
import type { ProgramStatus } from '../../domain/programs/program.ts';
import { newId } from '../../platform/ids.ts';
import { type TestDatabase, testDatabase } from '../../tests/support/database.ts';
import { testMilestone } from '../../tests/support/milestones.ts';
import { at, type ProgramPlay, playedProgram, testActivities } from '../../tests/support/play.ts';
import { doAct, pointsPolicy } from '../../tests/support/points.ts';
import { publishPolicy } from '../../tests/support/seed.ts';
import { testSurveyRule } from '../../tests/support/survey-rule.ts';

let database: TestDatabase;
let activities: Activities;

beforeAll(async () => {
  database = await testDatabase();
  activities = testActivities(database);
});

afterAll(() => database.drop());

/** What is written down of a program; its times are days, and each step is taken on day 10. */
interface Written {
  readonly status: ProgramStatus;
  readonly ends?: number;
}

const NOW = at(10);

/** The written state, and what holds on day 10: live, paused or ended. */
const CASES: readonly (readonly [string, Written, 'live' | 'paused' | 'ended'])[] = [
  ['is live', { status: 'live' }, 'live'],
  ['is live until the next millisecond', { status: 'live', ends: 10.00001 }, 'live'],
  ['is written down as a draft whose start has come', { status: 'draft' }, 'live'],
  ['is paused', { status: 'paused' }, 'paused'],
  ['is paused and its end is to come', { status: 'paused', ends: 11 }, 'paused'],
  ['has ended', { status: 'ended' }, 'ended'],
  ['is written down as live and its end has come', { status: 'live', ends: 10 }, 'ended'],
  ['is written down as paused and its end has come', { status: 'paused', ends: 9 }, 'ended'],
];

/** A program with rules of every kind, in which Ann brought Bob on day 0, and all records of it since. */
async function open(
  written: Written,
): Promise<{ program: ProgramPlay; ann: { id: string; externalId: string } }> {
  const id = newId();
  await database.db.program.create({
    data: { ...BASICS, id, slug: `p-${id}`, status: 'draft', startsAt: at(0) },
  });
  await publishPolicy(
    database.db,
    id,
    pointsPolicy({}, { milestones: [testMilestone()], surveys: [testSurveyRule()] }),
    1,
  );
  const program = playedProgram(database, id, activities);
  const ann = await program.member('ann');
  await program.signUp('bob', { code: ann.code });
  await database.db.member.updateMany({
    where: { id: ann.id },
    data: { signedUpAt: at(1), createdAt: at(1) },
  });
  await write(id, written);
  return { program, ann: { id: ann.id, externalId: 'ann' } };
}

const BASICS = { name: 'Test', allowedHosts: ['example.com'], defaultDestination: 'https://example.com/' };

/** Nothing leads back to a draft: what is written down as one stays as it was made. */
async function write(id: string, { status, ends }: Written): Promise<void> {
  if (status === 'draft') return;
  const endsAt = ends === undefined ? null : at(ends);
  await database.db.program.update({ where: { id }, data: { status, endsAt } });
}

describe.each(CASES)('when a program %s', (_name, written, holds) => {
  test('a referral’s action is rewarded unless it is paused, and waits then', async () => {
    const { program } = await open(written);
    // The action is older than any end: only the time of the decision counts.
    const { state, outcome } = await program.act('bob', { at: at(2), now_ms: NOW.getTime() });
    if (holds === 'paused') expect([state, outcome]).toEqual(['waiting', null]);
    else expect(outcome.rewards).toMatchObject([{ granted: true }]);
  });

  test('an action earns points while it is live, and waits while it is paused', async () => {
    const { program, ann } = await open(written);
    const { id, outcome } = await doAct(program, ann, { at: at(2), now_ms: NOW.getTime() });
    if (holds === 'paused') {
      expect(outcome).toBeNull();
      const event = await database.db.event.findFirstOrThrow({ where: { programId: program.id, id } });
      expect(event).toMatchObject({ state: 'waiting', reason: 'program_paused' });
      return;
    }
    const answer = holds === 'live' ? { granted: true } : { granted: false, code: 'program_not_live' };
    expect(outcome.points).toMatchObject([answer]);
  });

  test('a milestone is awarded unless it is paused, by the sweep too', async () => {
    const { program, ann } = await open(written);
    await database.db.member.updateMany({ where: { id: ann.id }, data: { qualifiedReferrals: 2 } });
    const ref = { programId: program.id, memberId: ann.id, now_ms: NOW.getTime() };
    await activities.awardMilestones(ref);
    const awards = () => database.db.milestoneAward.count({ where: { programId: program.id } });
    expect(await awards()).toBe(holds === 'paused' ? 0 : 1);
    await database.db.member.updateMany({ where: { id: ann.id }, data: { qualifiedReferrals: 0 } });
    const before = { programId: lessThan(program.id), memberId: LAST };
    const swept = await activities.sweepMilestones({ after: before, now_ms: NOW.getTime() });
    expect(swept.next?.programId === program.id).toBe(holds !== 'paused');
  });

  test('a survey is made and asked while live, put off while paused, and cancelled at the end', async () => {
    const { program, ann } = await open({ status: 'draft' });
    const where = { programId: program.id };
    const ref = { programId: program.id, memberId: ann.id };
    await activities.askMember({ ...ref, now_ms: at(8).getTime() });
    const { id: surveyId } = await database.db.survey.findFirstOrThrow({ where });
    await write(program.id, written);
    await activities.askSurvey({ programId: program.id, surveyId, now_ms: NOW.getTime() });
    const survey = await database.db.survey.findFirstOrThrow({ where });
    const status = { live: 'asked', paused: 'scheduled', ended: 'cancelled' }[holds];
    expect(survey.status).toBe(status);
    if (holds === 'paused') expect(survey.turnAt).toEqual(new Date(NOW.getTime() + 3_600_000));

    const other = await open(written);
    await activities.askMember({
      programId: other.program.id,
      memberId: other.ann.id,
      now_ms: NOW.getTime(),
    });
    const made = () => database.db.survey.count({ where: { memberId: other.ann.id } });
    expect(await made()).toBe(holds === 'live' ? 1 : 0);
    await activities.findMoments({ now_ms: NOW.getTime() });
    expect(await made()).toBe(holds === 'live' ? 1 : 0);
  });
});

/** After every member. */
const LAST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** An id right before this one, of no program. */
function lessThan(id: string): string {
  const digits = (BigInt(`0x${id.replaceAll('-', '')}`) - 1n).toString(16).padStart(32, '0');
  return digits.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
}

test('what waits for a paused program is counted once it is live, and its batch stays open', async () => {
  const { program, ann } = await open({ status: 'paused' });
  const { id: eventId } = await doAct(program, ann, { at: at(2), now_ms: NOW.getTime() });
  const ref = { programId: program.id, memberId: ann.id, now_ms: NOW.getTime(), eventIds: [eventId] };
  await activities.closeMemberEvents(ref);
  const read = () => database.db.event.findFirstOrThrow({ where: { programId: program.id, id: eventId } });
  expect(await read()).toMatchObject({ state: 'waiting', outcome: null });
  await write(program.id, { status: 'live' });
  await activities.countActions(ref);
  expect((await read()).outcome).toMatchObject({ decision: 'accepted', points: [{ granted: true }] });
});
