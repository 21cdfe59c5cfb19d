import { expect, test } from 'vitest';
import { firstAndSecond } from '../../tests/support/counted.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { playMerges } from '../../tests/support/merges.ts';
import { at, useActivities } from '../../tests/support/play.ts';
import { usd } from '../../tests/support/seed.ts';

/** Rules that go by a referrer's count, when the referrer gets the referrals of another. */
const database = useDatabase({ isProved: true });
const activities = useActivities(database);

const NOW_MS = at(25).getTime();

async function open() {
  const { program, db, programId, ann, anna, merge } = await playMerges(database, activities, firstAndSecond);
  const bring = async (friend: string, code: string, day: number) => {
    await program.signUp(friend, { code });
    const value = usd(BigInt(day) * 1_000n);
    await program.act(friend, { key: `${programId}:${friend}`, at: at(day), value, now_ms: NOW_MS });
    await program.recount(NOW_MS);
  };
  const standing = async () => {
    const where = { programId, status: { not: 'reversed' as const } };
    const rewards = await db.reward.findMany({ where, orderBy: { ruleId: 'asc' } });
    return rewards.map(({ ruleId, amountMinor }) => `${ruleId} ${amountMinor}`);
  };
  return { program, ann, anna, merge, bring, standing };
}

/** Of friends on days 5 to 8, whoever brought them: the first, and a tenth of what the second bought. */
const RIGHT = ['first 300', 'second 600'];

test('two accounts with friends of their own have what one would have had, once they are one', async () => {
  const { program, ann, anna, merge, bring, standing } = await open();
  await bring('bob', ann.code, 8);
  await bring('cat', anna.code, 7);
  await bring('dan', anna.code, 6);
  await bring('eve', ann.code, 5);
  expect(await standing()).toHaveLength(4);
  await merge(anna.id, ann.id, 9);
  await program.recount(NOW_MS);
  expect(await standing()).toEqual(RIGHT);
});

test('a referral that is moved is counted among those of the next referrer by its own time', async () => {
  const { program, ann, anna, bring, standing } = await open();
  await bring('bob', ann.code, 8);
  await bring('cat', ann.code, 7);
  await bring('dan', anna.code, 6);
  await bring('eve', ann.code, 5);
  await program.move('dan', ann.id, { at: at(20), now_ms: NOW_MS });
  await program.recount(NOW_MS);
  expect(await standing()).toEqual(RIGHT);
});
