import { expect, test } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { rawSql } from '../../tests/support/ledger.ts';
import { milestonePolicy, playMilestones, testMilestone } from '../../tests/support/milestones.ts';
import { at, footprint, useActivities } from '../../tests/support/play.ts';

const now_ms = at(1).getTime();

const database = useDatabase({ isProved: true });
const activities = useActivities(database);

/** Ann has two friends and, when `awarded`, what they earned her. */
async function open({ awarded = true, reversible = false } = {}) {
  const milestones = [testMilestone({ reversible })];
  const play = await playMilestones(database, activities, milestonePolicy(milestones));
  await play.bring(2);
  if (awarded) await activities.awardMilestones({ ...play.ref, now_ms });
  return play;
}

/** Ends the transaction at the last statement of an award, as a kill there would. */
async function whileTellingFails(type: string, run: () => Promise<void>): Promise<void> {
  await rawSql(
    database.ownerUrl,
    `CREATE FUNCTION fail_to_tell() RETURNS trigger LANGUAGE plpgsql AS
     $$ BEGIN RAISE EXCEPTION 'killed'; END $$;
     CREATE TRIGGER fail_to_tell BEFORE INSERT ON outbox FOR EACH ROW
     WHEN (NEW.type = '${type}') EXECUTE FUNCTION fail_to_tell()`,
  );
  try {
    await run();
  } finally {
    await rawSql(database.ownerUrl, 'DROP TRIGGER fail_to_tell ON outbox; DROP FUNCTION fail_to_tell()');
  }
}

test('an award that ends before its commit left nothing behind, and the next try awards once', async () => {
  const play = await open({ awarded: false });
  const before = await footprint(play.program.db, play.program.id);
  const award = () => activities.awardMilestones({ ...play.ref, now_ms });
  await whileTellingFails('milestone.reached', async () => {
    await expect(award()).rejects.toThrow('impossible state');
  });
  expect(await footprint(play.program.db, play.program.id)).toEqual(before);
  expect(await play.awards()).toEqual([]);
  await award();
  await award();
  expect(await play.awards()).toHaveLength(1);
  expect(await play.program.balance(play.ann.id)).toMatchObject({ available_minor: 500n });
});

test('a taking back that dies before its commit changes nothing, and the next try does it once', async () => {
  const play = await open({ reversible: true });
  await play.program.refund('friend-1', 'order-friend-1', { at: at(1) });
  const again = () => activities.awardMilestones({ ...play.ref, now_ms });
  await whileTellingFails('milestone.reversed', async () => {
    await expect(again()).rejects.toThrow('impossible state');
  });
  expect(await play.awards()).toMatchObject([{ status: 'awarded' }]);
  expect(await play.program.balance(play.ann.id)).toMatchObject({ available_minor: 500n });
  await again();
  await again();
  expect(await play.awards()).toMatchObject([{ status: 'reversed' }]);
  expect(await play.program.balance(play.ann.id)).toMatchObject({ available_minor: 0n, owed_minor: 0n });
});

test('a sweep that one member’s trouble meets goes on with the others, and says so', async () => {
  const play = await open({ awarded: false });
  const page = {
    after: { programId: play.program.id, memberId: '00000000-0000-0000-0000-000000000000' },
    now_ms,
  };
  await whileTellingFails('milestone.reached', async () => {
    expect(await activities.sweepMilestones(page)).toMatchObject({ awarded: 0, failed: 1 });
  });
  expect(await activities.sweepMilestones(page)).toMatchObject({ awarded: 1, failed: 0 });
});

test.each([
  ['deleted', (id: string) => `DELETE FROM milestone_awards WHERE id = '${id}'`],
  ['moved to another step', (id: string) => `UPDATE milestone_awards SET step = '3' WHERE id = '${id}'`],
  ['raised in count', (id: string) => `UPDATE milestone_awards SET value = 99 WHERE id = '${id}'`],
  [
    'given another reward',
    (id: string) => `UPDATE milestone_awards SET reward_id = '${newId()}' WHERE id = '${id}'`,
  ],
  [
    'left without its reward',
    (id: string) => `UPDATE milestone_awards SET reward_id = NULL WHERE id = '${id}'`,
  ],
  ['emptied out', () => 'TRUNCATE milestone_awards'],
])('an award cannot be %s, not even by the owner', async (_what, attack) => {
  const play = await open();
  const [award] = await play.awards();
  await expect(rawSql(database.ownerUrl, attack(award?.id ?? ''))).rejects.toThrow();
  expect(await play.awards()).toEqual([award]);
});

test('an award that was taken back stays so', async () => {
  const play = await open({ reversible: true });
  await play.program.refund('friend-1', 'order-friend-1', { at: at(1) });
  await activities.awardMilestones({ ...play.ref, now_ms });
  const [award] = await play.awards();
  const revive = `UPDATE milestone_awards SET status = 'awarded', reversed_at = NULL
    WHERE id = '${award?.id}'`;
  await expect(rawSql(database.ownerUrl, revive)).rejects.toThrow('stays as it was decided');
});

test('a second award of one step is refused by the database itself', async () => {
  const play = await open();
  const twin = `
    INSERT INTO milestone_awards (program_id, id, member_id, milestone_id, step, nth, at, value,
      policy_version, status, reason, trace, reached_at)
    SELECT program_id, gen_random_uuid(), member_id, milestone_id, step, nth, at, value,
      policy_version, 'waiting', 'x', trace, reached_at
    FROM milestone_awards WHERE member_id = '${play.ann.id}'`;
  await expect(rawSql(database.ownerUrl, twin)).rejects.toThrow('duplicate key');
});
