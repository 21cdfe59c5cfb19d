import { expect, test } from 'vitest';
import { firstAndSecond } from '../../tests/support/counted.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { rawSql } from '../../tests/support/ledger.ts';
import { at, type ProgramPlay, playProgram, useActivities } from '../../tests/support/play.ts';
import { usd } from '../../tests/support/seed.ts';

/** How a referrer's referrals are asked again, when one of them qualifies late. */
const database = useDatabase({ isProved: true });
const activities = useActivities(database);

const NOW_MS = at(25).getTime();

const FRIENDS = ['bob', 'cat', 'dan', 'eve'] as const;
type Friend = (typeof FRIENDS)[number];

/** A day each, and what they buy on it. */
const DAY = { bob: 8, cat: 7, dan: 6, eve: 5 } as const;
const minorOf = (friend: Friend) => BigInt(DAY[friend]) * 1_000n;

async function open() {
  const program = await playProgram(database, activities, firstAndSecond);
  const ann = await program.member('ann');
  for (const friend of FRIENDS) await program.signUp(friend, { code: ann.code });
  const buy = (friend: Friend) =>
    program.act(friend, {
      key: `${program.id}:${friend}`,
      at: at(DAY[friend]),
      value: usd(minorOf(friend)),
      now_ms: NOW_MS,
    });
  return { program, ann, buy };
}

/** Who has something of each rule, by what it brought. */
async function standing({ db, id: programId }: ProgramPlay) {
  const where = { programId, status: { not: 'reversed' as const } };
  const rewards = await db.reward.findMany({ where, orderBy: { ruleId: 'asc' } });
  return rewards.map(({ ruleId, amountMinor }) => `${ruleId} ${amountMinor}`);
}

/** As of all four: Eve was the first, and Dan, who bought for 60.00, the second. */
const RIGHT = ['first 300', 'second 600'];

async function commandsOf({ db, id: programId }: ProgramPlay) {
  const type = { startsWith: 'referral.recount' };
  return await db.event.findMany({ where: { programId, type }, orderBy: { seq: 'asc' } });
}

test('friends who come in the wrong order bring what they would in the right one', async () => {
  const { program, buy } = await open();
  for (const friend of FRIENDS) {
    await buy(friend);
    await program.recount(NOW_MS);
  }
  expect(await standing(program)).toEqual(RIGHT);
});

test('friends in the right order call for nothing', async () => {
  const { program, buy } = await open();
  for (const friend of FRIENDS.toReversed()) await buy(friend);
  expect(await standing(program)).toEqual(RIGHT);
  expect(await commandsOf(program)).toEqual([]);
});

test('friends who buy at one moment, in transactions beside each other, end the same', async () => {
  for (let round = 0; round < 4; round += 1) {
    const { program, buy } = await open();
    await Promise.all(FRIENDS.map(buy));
    await program.recount(NOW_MS);
    expect(await standing(program)).toEqual(RIGHT);
  }
});

test('asking again beside a late purchase loses neither', async () => {
  const { program, buy } = await open();
  for (const friend of ['bob', 'cat', 'dan'] as const) await buy(friend);
  await Promise.all([buy('eve'), program.recount(NOW_MS)]);
  await program.recount(NOW_MS);
  expect(await standing(program)).toEqual(RIGHT);
});

test('a call that is parked holds up none that comes later', async () => {
  const { program, buy } = await open();
  await buy('bob');
  await buy('cat');
  await program.db.event.updateMany({
    where: { programId: program.id, type: 'referral.recounts.due' },
    data: { state: 'parked' },
  });
  await buy('dan');
  await program.recount(NOW_MS);
  expect(await standing(program)).toEqual(['first 300', 'second 700']);
});

test('killed at any commit and run again, all is asked again and nothing twice', async () => {
  const { program, buy } = await open();
  for (const friend of FRIENDS) await buy(friend);
  await rawSql(
    database.ownerUrl,
    `CREATE FUNCTION fail_now_and_then() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
       IF nextval('kill_turn') % 2 = 1 THEN RAISE 'killed'; END IF; RETURN new; END $$;
     CREATE SEQUENCE kill_turn; GRANT USAGE ON SEQUENCE kill_turn TO PUBLIC;
     CREATE CONSTRAINT TRIGGER fail_now_and_then AFTER UPDATE ON events DEFERRABLE INITIALLY DEFERRED
     FOR EACH ROW WHEN (new.state = 'decided' AND new.type LIKE 'referral.recount%')
     EXECUTE FUNCTION fail_now_and_then()`,
  );
  let kills = 0;
  for (;;) {
    try {
      await program.recount(NOW_MS);
      break;
    } catch (error) {
      kills += 1;
      if (kills > 50) throw error;
    }
  }
  await rawSql(
    database.ownerUrl,
    `DROP TRIGGER fail_now_and_then ON events; DROP FUNCTION fail_now_and_then();
     DROP SEQUENCE kill_turn`,
  );
  expect(kills).toBeGreaterThan(1);
  expect(await standing(program)).toEqual(RIGHT);
  const rows = async () => await program.db.reward.count({ where: { programId: program.id } });
  const before = await rows();
  for (const command of await commandsOf(program)) {
    const referralId = String(command.workflowId).replace('referral-', '');
    const activity = command.type === 'referral.recount.due' ? 'recountReferral' : 'recountOthers';
    await activities[activity]({ programId: program.id, referralId, eventId: command.id, now_ms: NOW_MS });
  }
  expect(await rows()).toBe(before);
  expect(await standing(program)).toEqual(RIGHT);
});
