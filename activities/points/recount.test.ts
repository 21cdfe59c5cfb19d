import { expect, test } from 'vitest';
import type { PointRule } from '../../domain/points/policy.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { whileHeld } from '../../tests/support/held.ts';
import { rawSql } from '../../tests/support/ledger.ts';
import { playMerges } from '../../tests/support/merges.ts';
import { at, type ProgramPlay, useActivities } from '../../tests/support/play.ts';
import { count, doAct, outcomeOf, pointRule, pointsOf, pointsPolicy } from '../../tests/support/points.ts';
import { seedEvent, usd } from '../../tests/support/seed.ts';
import { MOVED_TURNS_MAX } from './shift.ts';

/** How point rules are asked again, as a signup comes later or a referrer's count is another. */
const database = useDatabase({ isProved: true });
const activities = useActivities(database);

const NOW_MS = at(25).getTime();

const fixed = (points: number) => ({ kind: 'fixed', points }) as const;
const mentor = pointRule({ id: 'mentor', recipient: 'referrer', award: fixed(4) });
const few = pointRule({ id: 'few', condition: 'referrer.qualified_count <= 1', award: fixed(100) });
const soon = pointRule({ id: 'soon', condition: 'referral.days_since_signup < 3', award: fixed(1_000) });

/** Ann, who brings friends, her other account, and Bob, whom the program knows before he signs up. */
async function open(rules: readonly PointRule[]) {
  const play = await playMerges(database, activities, pointsPolicy({ rules, levels: [] }));
  const { program, ann } = play;
  const bob = { ...(await program.member('bob')), externalId: 'bob' };
  const act = (day: number, key = `c${day}`) => doAct(program, bob, { key, at: at(day) });
  const signUp = (friend = 'bob', code = ann.code) => program.signUp(friend, { code }, { at: at(1) });
  const buy = (friend: string, day: number) =>
    program.act(friend, { key: `${friend}${day}`, at: at(day), value: usd(1_000n), now_ms: NOW_MS });
  const points = async () => [
    (await pointsOf(program, ann.id)).lifetime,
    (await pointsOf(program, bob.id)).lifetime,
  ];
  return { ...play, bob, act, signUp, buy, points };
}

async function commandsOf({ db, id: programId }: ProgramPlay) {
  const where = { programId, type: 'points.recount.due' };
  return await db.event.findMany({ where, orderBy: { seq: 'asc' } });
}

test('what came before its member’s signup pays the referrer, from the signup’s time on', async () => {
  const { program, act, signUp, points } = await open([mentor, soon]);
  for (const day of [0, 2, 5]) await act(day);
  expect(await points()).toEqual([0, 3_000]);
  await signUp();
  await program.recount(NOW_MS);
  // What happened on day 0 was before the signup; day 5 is four days after it.
  expect(await points()).toEqual([8, 2_000]);
  const [command] = await commandsOf(program);
  expect((await outcomeOf(program, command?.id ?? '')).trace).toEqual({
    actions_asked: 3,
    recounted: {
      taken: [{ ruleId: 'soon', events: 1, points: '1000' }],
      granted: [{ ruleId: 'mentor', events: 2, points: '8' }],
      refused: [],
    },
  });
});

test('a signup in review brings its referrer nothing until it is approved', async () => {
  const { program, ann, act, points } = await open([mentor]);
  await act(2);
  const email = 'bob@mailinator.com';
  const { snapshot } = await program.signUp('bob', { code: ann.code, email }, { at: at(1) });
  expect(snapshot.stage).toBe('in_review');
  await program.recount(NOW_MS);
  expect(await points()).toEqual([0, 0]);
  await program.review('bob', 'approved', { at: at(4) });
  await program.recount(NOW_MS);
  expect(await points()).toEqual([4, 0]);
});

test('an earlier friend who comes late turns points round, and a refund turns them back', async () => {
  const { program, act, signUp, buy, points } = await open([few]);
  for (const friend of ['bob', 'cat', 'dan']) await signUp(friend);
  await act(9);
  for (const day of [6, 5]) {
    await buy(day === 6 ? 'cat' : 'dan', day);
    await program.recount(NOW_MS);
  }
  expect(await points()).toEqual([0, 0]);
  await program.refund('dan', 'dan5', { key: 'back', at: at(20), now_ms: NOW_MS });
  await program.recount(NOW_MS);
  expect(await points()).toEqual([0, 100]);
  await buy('dan', 7);
  await program.recount(NOW_MS);
  expect(await points()).toEqual([0, 0]);
});

test('friends in the right order, and rules that do not look at it, call for nothing', async () => {
  const { program, act, signUp, buy } = await open([few]);
  for (const friend of ['bob', 'cat']) await signUp(friend);
  await buy('cat', 5);
  await act(9);
  await buy('cat', 10);
  expect(await commandsOf(program)).toEqual([]);
  const plain = await open([pointRule()]);
  await plain.act(9);
  for (const friend of ['bob', 'cat']) await plain.signUp(friend);
  await plain.buy('cat', 5);
  await plain.program.recount(NOW_MS);
  expect(await commandsOf(plain.program)).toEqual([]);
});

test('a cap that had refused points refuses them still where the answer is the same', async () => {
  const cap = { points: null, count: 1, period_days: null };
  const { program, act, signUp, points } = await open([mentor, { ...soon, cap }]);
  for (const day of [1, 2]) await act(day);
  await signUp();
  await program.recount(NOW_MS);
  expect(await points()).toEqual([8, 1_000]);
});

test('points of a referral that is moved or cancelled stay', async () => {
  const { program, ann, anna, act, signUp, buy, points } = await open([mentor, few]);
  for (const friend of ['bob', 'cat', 'dan']) await signUp(friend);
  await act(9);
  expect(await points()).toEqual([4, 100]);
  await program.move('bob', anna.id, { at: at(10), now_ms: NOW_MS });
  for (const friend of ['cat', 'dan']) await buy(friend, 5);
  await program.recount(NOW_MS);
  expect(await points()).toEqual([4, 100]);
  await program.move('bob', ann.id, { at: at(11), now_ms: NOW_MS });
  await program.recount(NOW_MS);
  expect(await points()).toEqual([4, 0]);
  await program.cancel('bob', { at: at(12), now_ms: NOW_MS });
  await program.refund('cat', 'cat5', { key: 'back', at: at(20), now_ms: NOW_MS });
  await program.recount(NOW_MS);
  expect(await points()).toEqual([4, 0]);
});

test('merged accounts are asked again, and friends of merged referrers by both counts', async () => {
  const { program, ann, anna, bob, merge, act, signUp, buy, points } = await open([mentor, few]);
  const rob = { ...(await program.member('rob')), externalId: 'rob' };
  await doAct(program, rob, { key: 'robs', at: at(8) });
  await signUp();
  await act(9);
  await signUp('cat');
  await signUp('dan', anna.code);
  for (const friend of ['cat', 'dan']) await buy(friend, 5);
  await program.recount(NOW_MS);
  expect(await points()).toEqual([4, 100]);
  await merge(rob.id, bob.id, 20);
  await program.recount(NOW_MS);
  expect(await points()).toEqual([8, 200]);
  await merge(anna.id, ann.id, 21);
  await program.recount(NOW_MS);
  expect(await points()).toEqual([8, 0]);
});

test('a signup that comes while an action is counted is not lost', async () => {
  for (let round = 0; round < 3; round += 1) {
    const { program, db, programId, bob, signUp, points } = await open([mentor]);
    const workflowId = `member-${bob.id}`;
    await seedEvent(db, programId, { type: 'contribution', subject: 'bob', at: at(5), workflowId });
    const lock = `SELECT FROM members WHERE id = '${bob.id}' FOR NO KEY UPDATE`;
    const both = await whileHeld(database.ownerUrl, lock, async (waiters) => {
      const [signing, counting] =
        round === 0
          ? [signUp(), count(program, bob.id).catch(() => null)]
          : ([null, count(program, bob.id).catch(() => null)] as const);
      await waiters(round === 0 ? 2 : 1);
      return { all: [signing ?? signUp(), counting] };
    });
    await Promise.allSettled(both.all);
    await count(program, bob.id);
    await program.recount(NOW_MS);
    expect(await points()).toEqual([4, 0]);
  }
});

test('more than one transaction does is left to commands that follow, whatever is killed', async () => {
  const { program, db, programId, bob, signUp, points } = await open([mentor]);
  const actions = 2 * MOVED_TURNS_MAX + 5;
  for (let nth = 0; nth < actions; nth += 1) {
    await seedEvent(db, programId, {
      ...{ type: 'contribution', subject: 'bob', at: new Date(at(5).getTime() + nth) },
      workflowId: `member-${bob.id}`,
    });
  }
  await count(program, bob.id);
  await signUp();
  await rawSql(
    database.ownerUrl,
    `CREATE FUNCTION fail_now_and_then() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
       IF nextval('kill_turn') % 2 = 1 THEN RAISE 'killed' USING ERRCODE = '57P01'; END IF;
       RETURN new; END $$;
     CREATE SEQUENCE kill_turn; GRANT USAGE ON SEQUENCE kill_turn TO PUBLIC;
     CREATE CONSTRAINT TRIGGER fail_now_and_then AFTER UPDATE ON events DEFERRABLE INITIALLY DEFERRED
     FOR EACH ROW WHEN (new.state = 'decided' AND new.type = 'points.recount.due')
     EXECUTE FUNCTION fail_now_and_then()`,
  );
  let kills = 0;
  for (let isDone = false; !isDone; ) {
    isDone = await program.recount(NOW_MS).then(
      () => true,
      () => false,
    );
    kills += isDone ? 0 : 1;
    expect(kills).toBeLessThan(20);
  }
  await rawSql(
    database.ownerUrl,
    `DROP TRIGGER fail_now_and_then ON events; DROP FUNCTION fail_now_and_then();
     DROP SEQUENCE kill_turn`,
  );
  expect(kills).toBe(3);
  expect(await points()).toEqual([actions * 4, 0]);
  const commands = await commandsOf(program);
  expect(commands).toHaveLength(3);
  for (const { id } of commands) await count(program, bob.id, [id], NOW_MS);
  expect(await points()).toEqual([actions * 4, 0]);
}, 120_000);

test('in a paused program it waits until the pause ends', async () => {
  const { program, db, programId, act, signUp, points } = await open([mentor]);
  await act(2);
  await signUp();
  await db.program.update({ where: { id: programId }, data: { status: 'paused' } });
  const [command] = await commandsOf(program);
  const ref = { programId, memberId: String(command?.workflowId).replace('member-', ''), now_ms: NOW_MS };
  await activities.keepMemberAtOnce({ ...ref, eventIds: [command?.id ?? ''] });
  expect(await commandsOf(program)).toMatchObject([{ state: 'waiting', reason: 'program_paused' }]);
  await db.program.update({ where: { id: programId }, data: { status: 'live' } });
  await program.recount(NOW_MS);
  expect(await points()).toEqual([4, 0]);
});
