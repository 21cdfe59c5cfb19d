import { beforeAll, describe, expect, test } from 'vitest';
import type { Rule } from '../../domain/rewards/rule.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { at, type ProgramPlay, playProgram, useActivities } from '../../tests/support/play.ts';
import { doAct, pointRule, testPoints } from '../../tests/support/points.ts';
import { testPolicy, usd } from '../../tests/support/seed.ts';

/** Both kinds of rules with the same cap: once in seven days. */
const ONCE_A_WEEK = { count: 1, period_days: 7 };
const REWARD: Rule = {
  id: 'renewal',
  recipient: 'referrer',
  trigger: { on: 'nth_event', event: 'renewal', from: 1, to: null },
  benefit: { kind: 'fixed', amount: usd(500n) },
  hold_days: 0,
  expires_days: null,
  cap: { ...ONCE_A_WEEK, amount: null },
  condition: null,
};
const POINTS = testPoints({ rules: [pointRule({ cap: { ...ONCE_A_WEEK, points: null } })] });

let program: ProgramPlay;

const database = useDatabase();
const activities = useActivities(database);

beforeAll(async () => {
  program = await playProgram(database, activities, testPolicy({ rules: [REWARD], points: POINTS }));
});

/** The answers of a reward rule to two actions of one referred member. */
async function rewardsAt(times: readonly Date[]): Promise<string[]> {
  const name = crypto.randomUUID();
  const referrer = await program.member(`referrer-${name}`);
  await program.signUp(name, { code: referrer.code });
  const answers: string[] = [];
  for (const time of times) {
    const { outcome } = await program.act(name, { type: 'renewal', at: time });
    answers.push(...(outcome.rewards ?? []).map((it) => it.code ?? 'granted'));
  }
  return answers;
}

/** The answers of a point rule to two actions of one member. */
async function pointsAt(times: readonly Date[]): Promise<string[]> {
  const externalId = crypto.randomUUID();
  const member = { ...(await program.member(externalId)), externalId };
  const answers: string[] = [];
  for (const time of times) {
    const { outcome } = await doAct(program, member, { at: time });
    answers.push(...(outcome.points ?? []).map((it) => it.code ?? 'granted'));
  }
  return answers;
}

describe.each([
  ['rewards', rewardsAt],
  ['points', pointsAt],
] as const)('a cap of seven days on %s', (_kind, answersAt) => {
  test.each([
    ['one millisecond less than seven days later', -1, 'cap_reached'],
    ['seven days later to the millisecond', 0, 'granted'],
    ['one millisecond more than seven days later', 1, 'granted'],
  ])('answers what happens %s', async (_when, offset_ms, answer) => {
    const second = new Date(at(7).getTime() + offset_ms);
    expect(await answersAt([at(0), second])).toEqual(['granted', answer]);
  });

  test('counts what a later event was granted that was decided before', async () => {
    expect(await answersAt([at(3), at(0)])).toEqual(['granted', 'cap_reached']);
  });
});
