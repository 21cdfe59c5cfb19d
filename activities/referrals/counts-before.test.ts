import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { useDatabase } from '../../tests/support/database.ts';
import { rawSql } from '../../tests/support/ledger.ts';
import { at, playProgram, useActivities } from '../../tests/support/play.ts';
import { testPolicy, testRule, usd } from '../../tests/support/seed.ts';

/** What was granted before counts went by the actions' own times. */
const database = useDatabase({ isProved: true });
const activities = useActivities(database);

const MIGRATION = 'prisma/migrations/20261201011000_asked_counts/migration.sql';

/** What the migration writes down of rewards that were there. */
const noted = () => {
  const sql = readFileSync(MIGRATION, 'utf8');
  return sql.slice(sql.indexOf('INSERT INTO asked_counts'));
};

test('what a milestone paid before the upgrade goes back when another is the nth by its time', async () => {
  const second = testRule({
    id: 'second',
    trigger: { on: 'milestone', count: 2 },
    benefit: { kind: 'percentage', rate_bp: 1_000, cap: null },
  });
  const program = await playProgram(database, activities, testPolicy({ rules: [second] }));
  const { db, id: programId } = program;
  const ann = await program.member('ann');
  const buy = async (friend: string, day: number, minor: bigint) => {
    await program.signUp(friend, { code: ann.code });
    const now_ms = at(20).getTime();
    await program.act(friend, { key: `${programId}:${friend}`, at: at(day), value: usd(minor), now_ms });
  };
  await buy('bob', 5, 5_000n);
  await buy('cat', 7, 6_000n);
  await db.askedCount.deleteMany({ where: { programId } });
  await db.member.updateMany({ where: { programId }, data: { askedUntil: null } });
  await rawSql(database.ownerUrl, noted());
  await buy('dan', 6, 7_000n);
  await program.recount(at(20).getTime());
  expect(await program.netRewards(ann.id)).toBe(700n);
});
