import { expect, test } from 'vitest';
import { useDatabase } from '../../tests/support/database.ts';
import { rawSql } from '../../tests/support/ledger.ts';
import { at, type ProgramPlay, playProgram, useActivities } from '../../tests/support/play.ts';
import { count, doAct, outcomeOf, pointRule, pointsOf, pointsPolicy } from '../../tests/support/points.ts';
import { seedEvent } from '../../tests/support/seed.ts';
import { MOVED_TURNS_MAX } from './shift.ts';

/** A late action with more behind it than one transaction moves. */
const database = useDatabase({ isProved: true });
const activities = useActivities(database);

const even = pointRule({
  id: 'even',
  award: { kind: 'fixed', points: 3 },
  condition: 'event.ordinal % 2 == 0',
});
const odd = { ...even, id: 'odd', condition: 'event.ordinal % 2 == 1' };

/** How many actions have points. */
async function standing({ db, id: programId }: ProgramPlay): Promise<number> {
  const rows = await db.pointPosting.findMany({ where: { programId, source: 'rule' } });
  return rows.filter(({ amountMinor, reversedMinor }) => reversedMinor < amountMinor).length;
}

/** A member with so many actions, by two rules of which one answers to each of them. */
async function crowd(actions: number) {
  const policy = pointsPolicy({ rules: [even, odd], levels: [] });
  const program = await playProgram(database, activities, policy);
  const ann = { ...(await program.member('ann')), externalId: 'ann' };
  for (let nth = 0; nth < actions; nth += 1) {
    await seedEvent(program.db, program.id, {
      ...{ type: 'contribution', subject: 'ann', key: `n${String(nth).padStart(4, '0')}` },
      ...{ at: new Date(at(10).getTime() + nth), workflowId: `member-${ann.id}` },
    });
  }
  await count(program, ann.id);
  return { program, ann, act: () => doAct(program, ann, { key: 'late', at: at(5) }) };
}

const numbersOf = async ({ db, id: programId }: ProgramPlay) => {
  const rows = await db.memberAction.findMany({ where: { programId }, orderBy: { occurredAt: 'asc' } });
  return rows.map(({ number }) => number);
};

test('a late action turns round all there is, in several transactions, and tells of it', async () => {
  const actions = MOVED_TURNS_MAX + 10;
  const { program, ann, act } = await crowd(actions);
  const { outcome } = await act();
  expect(await numbersOf(program)).toEqual(Array.from({ length: actions + 1 }, (_, nth) => nth + 1));
  const half = { events: actions / 2, points: `${(actions / 2) * 3}` };
  expect(outcome.trace).toEqual({
    renumbered: {
      taken: expect.arrayContaining([
        { ruleId: 'even', ...half },
        { ruleId: 'odd', ...half },
      ]),
      granted: expect.arrayContaining([
        { ruleId: 'even', ...half },
        { ruleId: 'odd', ...half },
      ]),
      refused: [],
    },
  });
  expect(await standing(program)).toBe(actions + 1);
  expect(await pointsOf(program, ann.id)).toMatchObject({ available: (actions + 1) * 3 });
}, 60_000);

test('a worker killed between two of them leaves the first, and the next try goes on', async () => {
  const { program, ann, act } = await crowd(MOVED_TURNS_MAX);
  const { db, id: programId } = program;
  const last = await db.memberAction.findFirstOrThrow({
    where: { programId },
    orderBy: { occurredAt: 'desc' },
  });
  await rawSql(
    database.ownerUrl,
    `CREATE FUNCTION fail_to_move() RETURNS trigger LANGUAGE plpgsql AS
     $$ BEGIN RAISE EXCEPTION 'killed' USING ERRCODE = '57P01'; END $$;
     CREATE TRIGGER fail_to_move BEFORE UPDATE ON member_actions FOR EACH ROW
     WHEN (OLD.event_id = '${last.eventId}') EXECUTE FUNCTION fail_to_move()`,
  );
  await expect(act()).rejects.toMatchObject({ type: 'Unavailable' });
  await rawSql(
    database.ownerUrl,
    'DROP TRIGGER fail_to_move ON member_actions; DROP FUNCTION fail_to_move()',
  );
  const late = await db.event.findFirstOrThrow({ where: { programId, key: 'late' } });
  expect([late.state, (await numbersOf(program)).slice(0, 3)]).toEqual(['pending', [1, 2, 3]]);
  expect((await numbersOf(program)).at(-1)).toBe(MOVED_TURNS_MAX);
  for (let nth = 0; nth < 2; nth += 1) await count(program, ann.id, [late.id]);
  expect((await numbersOf(program)).at(-1)).toBe(MOVED_TURNS_MAX + 1);
  expect(await pointsOf(program, ann.id)).toMatchObject({ available: (MOVED_TURNS_MAX + 1) * 3 });
  expect((await outcomeOf(program, late.id)).trace).toMatchObject({
    renumbered: { taken: [{ events: MOVED_TURNS_MAX / 2 }, { events: MOVED_TURNS_MAX / 2 }] },
  });
}, 60_000);
