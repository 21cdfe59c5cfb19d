import { WorkflowFailedError } from '@temporalio/client';
import { expect, test } from 'vitest';
import type { Prize } from '../../engine/leaderboards/prize.ts';
import { setBudget } from '../../ledger/post.ts';
import { prove } from '../../ledger/prove.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { useEngine } from '../../tests/support/engine.ts';
import { seedBoard, seedSeason } from '../../tests/support/leaderboards.ts';
import { DAY_MS, playProgram } from '../../tests/support/play.ts';
import { scheduleRuns } from '../../tests/support/schedule-runs.ts';
import { fixedPolicy, usd } from '../../tests/support/seed.ts';
import type { BoardsRun } from './schedule.ts';

const database = useDatabase();
const engine = useEngine({ database, server: 'skipping', pump: false });

const PRIZES: readonly Prize[] = [
  { from_rank: 1, to_rank: 1, kind: 'credit', label: null, amount: { minor: '5000', unit: 'USD' } },
  { from_rank: 2, to_rank: 2, kind: 'perk', label: 'Early access', amount: null },
];

const { start, resultsOf, run } = scheduleRuns<BoardsRun>(engine, 'leaderboards');

interface SeasonsOptions {
  readonly budget_minor?: bigint;
  /** How long ago the first one began, in days; without: now. */
  readonly ago_days?: number;
}

/** Seasons of ten days each, one after the other, with a referral of ann's in each. */
async function seasons(count: number, { budget_minor, ago_days = 0 }: SeasonsOptions = {}) {
  const budget = budget_minor === undefined ? null : usd(budget_minor);
  const program = await playProgram(database, engine.activities, fixedPolicy(100n, 0, { budget }));
  const boardId = await seedBoard(program.db, program.id, 'season');
  const ann = await program.member('ann');
  const begin_ms = (await engine.env.currentTimeMs()) - ago_days * DAY_MS;
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const [startsAt, endsAt] = [index, index + 1].map((turn) => new Date(begin_ms + turn * 10 * DAY_MS));
    if (startsAt === undefined || endsAt === undefined) throw new Error('a season has two ends');
    ids.push(await seedSeason(program.db, program.id, boardId, { startsAt, endsAt, prizes: PRIZES }));
    const at = new Date(startsAt.getTime() + DAY_MS);
    await program.signUp(`friend-${index}`, { code: ann.code }, { at });
    await program.act(`friend-${index}`, { at });
  }
  return { program, ann, ids };
}

test('a season closes once its time is over, and all that ended while nothing ran follow', async () => {
  const { program, ann, ids } = await seasons(3);
  expect(await run()).toMatchObject({ closed: 0, awarded: 0 });
  await engine.env.sleep(9 * DAY_MS);
  expect(await run()).toMatchObject({ closed: 0, awarded: 0 });
  await engine.env.sleep(22 * DAY_MS);
  expect(await run()).toMatchObject({ closed: 3, awarded: 3, unpaid: 0 });
  expect(await run()).toMatchObject({ closed: 0, awarded: 0 });
  const awards = await program.db.seasonAward.findMany({ where: { memberId: ann.id } });
  expect(awards.map(({ windowId }) => windowId).sort()).toEqual([...ids].sort());
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 15_300n });
});

test('runs that overtake each other award once, and the ledger proves it', async () => {
  const { program, ann } = await seasons(1, { ago_days: 11 });
  const started = await Promise.all(Array.from({ length: 4 }, start));
  const results = await resultsOf(started);
  expect(results.reduce((sum, { awarded }) => sum + awarded, 0)).toBe(1);
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 5_100n });
  expect(await prove(database.url)).toMatchObject({ ok: true });
});

test('a run fails as unpaid while the budget has no room for a prize, and a later one pays it', async () => {
  const { program, ann } = await seasons(1, { budget_minor: 1_000n, ago_days: 11 });
  const failure = await run().catch((error: unknown) => error);
  expect(failure instanceof WorkflowFailedError && failure.cause).toMatchObject({ type: 'Unpaid' });
  await program.db.$transaction((tx) => setBudget(tx, program.id, 'USD', 9_000n));
  expect(await run()).toMatchObject({ closed: 0, awarded: 1, unpaid: 0 });
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 5_100n });
});
