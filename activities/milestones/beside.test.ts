import { expect, test } from 'vitest';
import { useDatabase } from '../../tests/support/database.ts';
import { whileHeld } from '../../tests/support/held.ts';
import { playKeptMember, whileKilledAt } from '../../tests/support/kept-member.ts';
import { rawSql } from '../../tests/support/ledger.ts';
import { at, useActivities } from '../../tests/support/play.ts';

const database = useDatabase({ poolMax: 20, isProved: true });
const activities = useActivities(database);
const open = () => playKeptMember(database, activities);

/** What Ann has who brought two friends, however she was kept. */
const KEPT = {
  awards: [{ step: '2', nth: 1, status: 'awarded' }],
  surveys: 1,
  calls: 1,
  available_minor: 500n,
  notices: [
    'milestone.reached pending',
    ...['referral.qualified pending', 'referral.qualified pending'],
    ...['referral.signed_up pending', 'referral.signed_up pending'],
    ...['reward.granted pending', 'reward.granted pending', 'reward.granted pending'],
  ],
};

test('calls for one member at the same time make nothing twice and lose nothing', async () => {
  const play = await open();
  await play.bring(2);
  await play.drain(8);
  expect(await play.result()).toEqual(KEPT);
});

test.each(['milestone_awards', 'surveys', 'notice_emails'] as const)(
  'a call that is killed at %s and repeated makes nothing twice and loses nothing',
  async (table) => {
    const play = await open();
    await play.bring(2);
    const ids = await play.open();
    await whileKilledAt(database, table, async () => {
      await expect(play.keep(ids)).rejects.toThrow('impossible state');
    });
    expect((await play.open()).slice(0, ids.length)).toEqual(ids);
    await play.drain();
    expect(await play.result()).toEqual(KEPT);
  },
);

test('a call does not wait for a count that moves beside it, and the move brings another call', async () => {
  const play = await open();
  await play.bring(1);
  await play.drain();
  await rawSql(
    database.ownerUrl,
    `CREATE FUNCTION told_late() RETURNS trigger LANGUAGE plpgsql AS
     $$ BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NEW; END $$;
     CREATE TRIGGER told_late BEFORE INSERT ON outbox FOR EACH ROW
     WHEN (NEW.type = 'referral.qualified') EXECUTE FUNCTION told_late()`,
  );
  const brought = await whileHeld(database.ownerUrl, 'SELECT pg_advisory_xact_lock(1)', async (waiters) => {
    const bringing = play.bring(1);
    await waiters(1);
    expect(await activities.awardMilestones({ ...play.ref, now_ms: at(1).getTime() })).toEqual({
      due_at_ms: null,
    });
    expect(await play.awards()).toEqual([]);
    return { bringing };
  });
  await brought.bringing;
  await play.drain();
  expect(await play.result()).toEqual(KEPT);
});
