import { expect, test } from 'vitest';
import { useDatabase } from '../../tests/support/database.ts';
import { startEngine } from '../../tests/support/engine.ts';
import { handOver } from '../../tests/support/hand-over.ts';
import { DAY_MS, playedProgram } from '../../tests/support/play.ts';
import { pointRule, pointsOf, pointsPolicy } from '../../tests/support/points.ts';
import { seedEvent, seedMember, seedProgram, usd } from '../../tests/support/seed.ts';

const database = useDatabase({ isProved: true });

test('a year of points: they come monthly, lapse by lot, and leave lifetime and level alone', async () => {
  const engine = await startEngine({ database, server: 'skipping', pump: false });
  try {
    const { db } = database;
    const policy = pointsPolicy({
      rules: [pointRule({ expires_days: 365 })],
      achievements: [
        {
          id: 'regular',
          name: 'Regular',
          test: { kind: 'nth', event: 'contribution', count: 12 },
          benefit: { kind: 'credit', amount: usd(100n) },
          repeatable: false,
        },
      ],
    });
    const programId = await seedProgram(db, policy);
    const { id: memberId } = await seedMember(db, programId, 'ann');
    const program = playedProgram(database, programId);
    const workflowId = `member-${memberId}`;
    const start_ms = await engine.env.currentTimeMs();
    const act = async (month: number) => {
      const at = new Date(start_ms + month * 30 * DAY_MS);
      const event = await seedEvent(db, programId, { type: 'contribution', subject: 'ann', at, workflowId });
      const run = await handOver(engine, programId, workflowId, [
        { eventId: event.id, type: 'contribution' },
      ]);
      expect(await run.result()).toEqual({ events: 1, due_at_ms: null });
    };
    // What the hourly upkeep does. Its workflow would let the clock run ahead while it waits for the prover.
    const lapse = async () => engine.activities.expireLots({ now_ms: await engine.env.currentTimeMs() });
    for (let month = 0; month < 12; month++) {
      await act(month);
      await engine.env.sleep(30 * DAY_MS);
    }
    expect(await lapse()).toEqual({ expired: 0 });
    expect(await pointsOf(program, memberId)).toEqual({ available: 120, lifetime: 120, level: 'gold' });
    expect(await db.reward.count({ where: { programId, source: 'achievement' } })).toBe(1);
    // Day 366: the first month's lot; then one every thirty days.
    await engine.env.sleep(6 * DAY_MS);
    for (let month = 0; month < 12; month++) {
      expect(await lapse()).toEqual({ expired: 1 });
      const available = 120 - 10 * (month + 1);
      expect(await pointsOf(program, memberId)).toEqual({ available, lifetime: 120, level: 'gold' });
      await engine.env.sleep(30 * DAY_MS);
    }
    expect(await db.levelChange.count({ where: { programId } })).toBe(3);
  } finally {
    await engine.close();
  }
});
