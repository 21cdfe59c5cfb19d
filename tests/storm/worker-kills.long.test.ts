import { describe, expect, test, vi } from 'vitest';
import type { Prize } from '../../engine/leaderboards/prize.ts';
import { balancesOf } from '../../ledger/balances.ts';
import { prove } from '../../ledger/prove.ts';
import { createDatabase } from '../../prisma/client.ts';
import { seedBoard, seedSeason } from '../support/leaderboards.ts';
import { createCaller } from '../support/storm-client.ts';
import { killBetweenCommitAndAnswer, onlyWorker } from '../support/storm-kills.ts';
import { killOften, underLoad } from '../support/storm-load.ts';
import { createProgram, fixedAtOnce, paidReferrer } from '../support/storm-program.ts';
import { seeded } from '../support/storm-random.ts';
import { expectCalm } from '../support/storm-settle.ts';
import { useStorm } from '../support/storm-stack.ts';

const SEED = 20_260_401;
const WAIT_MS = 10_000;

const storm = useStorm();

describe('a worker killed while seasons close', { timeout: 180_000 }, () => {
  const PRIZES: readonly Prize[] = [
    { from_rank: 1, to_rank: 1, kind: 'credit', label: null, amount: { minor: '700', unit: 'USD' } },
    { from_rank: 2, to_rank: 2, kind: 'badge', label: 'Runner-up', amount: null },
  ];

  test('closes each once and awards each prize once, whenever it dies, however often it runs', async () => {
    const program = await createProgram(storm, fixedAtOnce(1_000n));
    const db = createDatabase({ url: storm.databaseUrl, poolMax: 2 });
    const platform = createCaller(storm, storm.platformKey);
    const run = () => platform.call((client) => client.schedules.run.mutate({ id: 'leaderboards' }));
    try {
      const [ann, ben] = [await program.member('ann'), await program.member('ben')];
      const endsAt = new Date(Date.now() + 15_000);
      const seed = { startsAt: new Date(Date.now() - 3_600_000), endsAt, prizes: PRIZES };
      for (let count = 0; count < 10; count += 1) {
        await seedSeason(db, program.id, await seedBoard(db, program.id, 'season'), seed);
      }
      for (const [friend, { code }] of [
        ['a1', ann],
        ['b1', ben],
        ['a2', ann],
      ] as const) {
        await program.signup(friend, code);
        await program.purchase(friend, `purchase ${friend}`, WAIT_MS);
      }
      await vi.waitUntil(() => Date.now() > endsAt.getTime(), { timeout: 20_000, interval: 100 });
      await killBetweenCommitAndAnswer(storm, program, 'season.prize_awarded', run);
      const load = underLoad({ lanes: 1, rest_ms: 500, count: 8 }, run);
      await killOften(onlyWorker(storm), 3, 800, seeded(SEED + 2));
      await load;
      const where = { programId: program.id };
      await vi.waitFor(
        async () => {
          await run();
          expect(await db.boardWindow.count({ where: { ...where, awardedAt: null } })).toBe(0);
        },
        { timeout: 90_000, interval: 2_000 },
      );
      expect(await db.seasonAward.count({ where })).toBe(20);
      expect(await db.seasonStanding.count({ where })).toBe(20);
      expect(
        await db.reward.count({ where: { ...where, source: 'season', memberId: ann.id, amountMinor: 700n } }),
      ).toBe(10);
      expect(
        await db.reward.count({
          where: { ...where, source: 'season', memberId: ben.id, label: 'Runner-up' },
        }),
      ).toBe(10);
      const [balance] = await balancesOf(db, program.id, ann.id);
      expect(balance?.available_minor).toBe(2_000n + 7_000n);
      expect(await prove(storm.databaseUrl)).toMatchObject({ ok: true });
    } finally {
      await db.$disconnect();
    }
  });
});

describe('a worker killed again and again while members redeem', { timeout: 180_000 }, () => {
  test('reserves and settles each redemption once, and pays no more than there is', async () => {
    const program = await createProgram(storm, fixedAtOnce(3_000n));
    const ann = await paidReferrer(program);
    const load = underLoad({ lanes: 2, rest_ms: 150, count: 40 }, (index) =>
      program.redeem(ann.id, 100n, `r${index}`),
    );
    await killOften(onlyWorker(storm), 4, 800, seeded(SEED + 1));
    await load;
    await expectCalm(storm, program, [ann]);
  });
});
