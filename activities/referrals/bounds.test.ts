import { expect, test } from 'vitest';
import { EARLIER_MAX } from '../../domain/referrals/attribution.ts';
import { CANCELLED_AT_ONCE_MAX } from '../../domain/referrals/cancel.ts';
import { MOVE_STEPS_MAX } from '../../domain/referrals/move.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { rawSql } from '../../tests/support/ledger.ts';
import { copyEvent } from '../../tests/support/many-events.ts';
import { at, footprint, playProgram, useActivities } from '../../tests/support/play.ts';
import { testPolicy, testRule, usd } from '../../tests/support/seed.ts';

/** What operators' commands do where there is very much to do. */
const database = useDatabase({ isProved: true });
const activities = useActivities(database);

const each = (id: string) =>
  testRule({
    id,
    trigger: { on: 'nth_event', event: 'purchase', from: 1, to: null },
    benefit: { kind: 'fixed', amount: usd(5n) },
  });

async function open(rules = [each('share')]) {
  const program = await playProgram(database, activities, testPolicy({ rules, earning_days: null }));
  const [ann, eve] = [await program.member('ann'), await program.member('eve')];
  return { program, ann, eve, where: { programId: program.id } };
}

test('a referral moves with as much as one step bears, and with one action more it does not', async () => {
  const { program, ann, eve, where } = await open();
  await program.signUp('bob', { code: ann.code });
  const bought = await program.act('bob', { value: usd(100n) });
  // One reward and one action are there.
  await copyEvent(program.db, program.id, bought, MOVE_STEPS_MAX - 1);
  const state = async () => ({
    rows: await footprint(program.db, program.id),
    referrals: await program.db.referral.findMany({ where }),
    members: await program.db.member.findMany({ where, orderBy: { id: 'asc' } }),
    rewards: await program.db.reward.findMany({ where }),
  });
  const before = await state();
  const refused = await program.move('bob', eve.id, { at: at(1) });
  expect(refused.outcome).toMatchObject({ decision: 'refused', code: 'referral_too_large' });
  expect(await state()).toEqual(before);
  await program.correct('bob', 'taken_back', { at: at(1) });
  const moved = await program.move('bob', eve.id, { at: at(1) });
  expect(moved.outcome).toMatchObject({ decision: 'accepted' });
  expect([await program.netRewards(ann.id), await program.netRewards(eve.id)]).toEqual([
    0n,
    BigInt(MOVE_STEPS_MAX) * 5n,
  ]);
}, 60_000);

/** Rules that each pay for each purchase, so that a few purchases bring many rewards. */
const many = Array.from({ length: 45 }, (_, nth) => each(`share-${nth}`));

test('a cancellation of several transactions goes on where one ended, each reward once', async () => {
  const { program, ann, where } = await open([
    ...many,
    testRule({ benefit: { kind: 'fixed', amount: usd(7n) } }),
  ]);
  await program.signUp('bob', { code: ann.code });
  const purchases = Math.ceil((CANCELLED_AT_ONCE_MAX + 1) / many.length) + 1;
  for (let day = 0; day < purchases; day += 1) await program.act('bob', { at: at(day), value: usd(100n) });
  const rewards = { ...where, status: { not: 'reversed' as const } };
  const all = await program.db.reward.count({ where: rewards });
  expect(all).toBeGreaterThan(CANCELLED_AT_ONCE_MAX);

  // The last transaction fails, as when the worker is killed before it.
  await rawSql(
    database.ownerUrl,
    `CREATE FUNCTION fail_to_end() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'killed'; END $$;
     CREATE TRIGGER fail_to_end BEFORE UPDATE ON referrals FOR EACH ROW WHEN (new.stage = 'rejected')
     EXECUTE FUNCTION fail_to_end()`,
  );
  await expect(program.cancel('bob', { at: at(40) })).rejects.toThrow();
  expect(await program.db.reward.count({ where: rewards })).toBe(all - CANCELLED_AT_ONCE_MAX);
  const command = await program.db.event.findFirstOrThrow({
    where: { ...where, type: 'referral.cancelled' },
  });
  expect(command.state).toBe('pending');
  await rawSql(database.ownerUrl, 'DROP TRIGGER fail_to_end ON referrals; DROP FUNCTION fail_to_end()');

  const { outcome, snapshot } = await program.again(command, 'bob', at(40).getTime());
  expect(snapshot.stage).toBe('rejected');
  expect(outcome.trace).toMatchObject({ reversed_before: CANCELLED_AT_ONCE_MAX });
  expect(await program.db.reward.count({ where: rewards })).toBe(0);
  expect(await program.db.reward.count({ where: { ...where, takenBackBy: command.id } })).toBe(all);
  expect(await program.netRewards(ann.id)).toBe(0n);
  const told = await program.db.outbox.findMany({ where: { ...where, type: 'reward.reversed' } });
  expect(told.flatMap(({ payload }) => (payload as { reversed: unknown[] }).reversed)).toHaveLength(all);
}, 60_000);

test('a signup is credited with as many actions as one step bears, with one more it is not', async () => {
  const { program, eve, where } = await open();
  const signup = await program.signUp('bob', {});
  const bought = await program.act('bob', { value: usd(100n) });
  await copyEvent(program.db, program.id, bought, EARLIER_MAX - 1);
  const credited = await program.attribute('bob', signup, eve.id, { at: at(1) });
  expect(credited.outcome).toMatchObject({ decision: 'accepted' });
  expect(await program.db.event.count({ where: { ...where, state: 'pending' } })).toBe(EARLIER_MAX);

  const another = await program.signUp('cat', {});
  await copyEvent(program.db, program.id, await program.act('cat', { value: usd(100n) }), EARLIER_MAX);
  const before = await footprint(program.db, program.id);
  const refused = await program.attribute('cat', another, eve.id, { at: at(1) });
  expect(refused.outcome).toMatchObject({ decision: 'refused', code: 'referral_too_large' });
  expect(await footprint(program.db, program.id)).toEqual(before);
  expect(await program.db.event.count({ where: { ...where, state: 'pending' } })).toBe(EARLIER_MAX);
}, 60_000);
