import { expect, test } from 'vitest';
import type { Policy } from '../../domain/policies/policy.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { at, type ProgramPlay, playProgram, useActivities } from '../../tests/support/play.ts';
import {
  LATE_NOW_MS,
  type TimedStep,
  takeTimed,
  timedKey,
  timedPolicy,
  timedStanding,
} from '../../tests/support/timed.ts';
import { ENDED_PAGE } from './end-actions.ts';

/** What came in time and is too late by what came since ends as if it had come after that. */
const database = useDatabase({ isProved: true });
const activities = useActivities(database);

async function begin(by: Policy) {
  const program = await playProgram(database, activities, by);
  const ann = await program.member('ann');
  await program.signUp('bob', { code: ann.code });
  return { program, ann };
}

const buy = (day: number): TimedStep => ({ act: `o${day}`, day });

/** What became of a purchase, and its rewards in the order that they were granted. */
async function outcomeOf({ db, id, ...program }: ProgramPlay, key: string) {
  const where = { programId: id, key: timedKey({ id, db, ...program }, key) };
  const event = await db.event.findFirstOrThrow({ where });
  const rewards = await db.reward.findMany({
    where: { programId: id, eventId: event.id },
    orderBy: { createdAt: 'asc' },
    select: { id: true, ruleId: true, status: true },
  });
  return { outcome: event.outcome, rewards };
}

test('an earlier purchase that qualifies takes back what later ones earned beyond its time', async () => {
  const { program, ann } = await begin(timedPolicy());
  for (const day of [15, 20, 24]) await takeTimed(program, buy(day));
  const { id } = await takeTimed(program, buy(11));
  const { outcome, rewards } = await outcomeOf(program, 'o24');
  expect(outcome).toMatchObject({
    decision: 'refused',
    code: 'referral_ended',
    trace: { ended_by: id, reversed: [{ rewardId: rewards.find(({ ruleId }) => ruleId === 'share')?.id }] },
  });
  expect(rewards.map(({ status }) => status)).toEqual(['reversed', 'reversed']);
  expect(await timedStanding(program, ann.id)).toMatchObject({
    qualifiedBy: 'o11',
    ended: ['o24'],
    rewards: 1_000n + 3n * 250n + 2n * 77n,
  });
  const told = await program.db.outbox.findMany({
    where: { programId: program.id, type: 'reward.reversed' },
  });
  expect(told.map(({ key }) => key).sort()).toEqual([`reward.reversed:${id}`, `reward.reversed:${id}:ended`]);
});

test('what was taken back so is earned again, and told again, once it is in time again', async () => {
  const { program, ann } = await begin(timedPolicy());
  for (const day of [15, 24]) await takeTimed(program, buy(day));
  for (const nth of [1, 2]) {
    await takeTimed(program, nth === 1 ? buy(11) : { refund: '+-o11', of: '-o11', day: 13 });
    expect(await timedStanding(program, ann.id)).toMatchObject({ qualifiedBy: 'o11', ended: ['o24'] });
    await takeTimed(program, { refund: nth === 1 ? '-o11' : '--o11', of: 'o11', day: 12 });
    expect(await timedStanding(program, ann.id)).toMatchObject({ qualifiedBy: 'o15', ended: [] });
  }
  const { rewards } = await outcomeOf(program, 'o24');
  expect(
    rewards
      .filter(({ status }) => status !== 'reversed')
      .map(({ ruleId }) => ruleId)
      .sort(),
  ).toEqual(['second-and-third', 'share']);
});

test('the refund of what kept its referral open takes back what came after it by its own time', async () => {
  for (const isFirst of [true, false]) {
    const { program, ann } = await begin(timedPolicy({ hold_days: 15 }));
    for (const day of [1, 12, 17]) await takeTimed(program, buy(day));
    if (!isFirst) await takeTimed(program, buy(20));
    await takeTimed(program, { refund: '-o12', of: 'o12', day: 18 });
    await takeTimed(program, { refund: '-o17', of: 'o17', day: 19 });
    if (isFirst) await takeTimed(program, buy(20));
    expect(await timedStanding(program, ann.id)).toMatchObject({ ended: ['o20'], rewards: 1_250n });
  }
});

test('neither an operator’s word nor a late close makes too late what was in time', async () => {
  const by = timedPolicy({ hold_days: 15 });
  const { program, ann } = await begin({ ...by, rules: by.rules.filter(({ id }) => id === 'share') });
  await takeTimed(program, buy(1));
  await takeTimed(program, buy(13));
  await program.correct('bob', 'taken_back', { at: at(15), now_ms: LATE_NOW_MS });
  await program.end('bob', at(60).getTime());
  await takeTimed(program, buy(14));
  await takeTimed(program, { refund: '-o14', of: 'o14', day: 16 });
  expect(await timedStanding(program, ann.id)).toMatchObject({ ended: [], rewards: 250n });
});

test('a page of what is too late goes back at once, and the rest by commands', async () => {
  const { program, ann } = await begin(timedPolicy());
  for (let nth = 0; nth < ENDED_PAGE + 3; nth += 1) await takeTimed(program, { act: `p${nth}`, day: 22 });
  const { outcome } = await takeTimed(program, buy(1));
  expect(outcome).toMatchObject({ decision: 'accepted' });
  const { ended, ...after } = await timedStanding(program, ann.id);
  expect(ended).toHaveLength(ENDED_PAGE + 3);
  expect(after).toMatchObject({ qualifiedBy: 'o1', rewards: 1_250n });
  const where = { programId: program.id, type: 'referral.recount.due' };
  expect(await program.db.event.count({ where })).toBe(1);
}, 60_000);
