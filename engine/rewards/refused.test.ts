import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { migrationsFolder } from '../../prisma/migration-files.ts';
import { rawSql } from '../../tests/support/ledger.ts';
import { at } from '../../tests/support/play.ts';
import { everyPurchase, fixed, share, useRefused } from '../../tests/support/refused.ts';
import { testRule, usd } from '../../tests/support/seed.ts';

const { database, open } = useRefused();

/** What the migration fills the table with. */
const fill = () => {
  const file = path.join(migrationsFolder(), '20261130054500_refused_rewards', 'migration.sql');
  const sql = readFileSync(file, 'utf8');
  const from = sql.indexOf('INSERT INTO refused_rewards');
  return sql.slice(from, sql.indexOf(';', from));
};

test('the migration finds in earlier outcomes what is put on record since, and grants it alike', async () => {
  const { program, ann, raise, refer, codes } = await open([
    testRule({ id: 'hello', recipient: 'referred', trigger: { on: 'signed_up' }, benefit: fixed(70n) }),
    testRule({ id: 'thanks', benefit: fixed(500n) }),
    testRule({ id: 'share', trigger: everyPurchase, benefit: share }),
  ]);
  await program.act('bob', { value: usd(3_000n), at: at(1) });
  const cat = await refer('cat', 2);
  await program.refund('cat', cat.key, { at: at(3) });
  const read = async () =>
    (
      await program.db.refusedReward.findMany({
        where: { programId: program.id },
        orderBy: [{ occurredAt: 'asc' }, { ruleId: 'asc' }],
      })
    ).map(({ id: _id, key: _key, createdAt: _made, refusedAt: _refused, ...row }) => row);
  const [before, judged] = [await read(), (await codes()).map(String).sort()];
  expect(before).toHaveLength(7);
  await rawSql(database.ownerUrl, 'DELETE FROM refused_rewards');
  await rawSql(database.ownerUrl, fill());
  await rawSql(database.ownerUrl, fill());
  expect(await read()).toEqual(before);
  expect((await codes()).map(String).sort()).toEqual(judged);
  await raise(10_000n);
  await program.grantAgain('bob', { ruleId: 'thanks', at: at(4) });
  expect(await program.netRewards(ann.id)).toBe(500n);
});
