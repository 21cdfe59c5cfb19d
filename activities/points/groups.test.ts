import fc from 'fast-check';
import { expect, test } from 'vitest';
import { useDatabase } from '../../tests/support/database.ts';
import { rawSql } from '../../tests/support/ledger.ts';
import { insist } from '../../tests/support/patient.ts';
import { useActivities } from '../../tests/support/play.ts';
import { count, outcomeOf } from '../../tests/support/points.ts';
import {
  type Deed,
  type DrawnPlay,
  PLAYS,
  type StagedPlay,
  stage,
} from '../../tests/support/points-deeds.ts';
import { pointsTables } from '../../tests/support/points-tables.ts';

const database = useDatabase({ isProved: true });
const activities = useActivities(database);

const open = (play: DrawnPlay) => stage(database, activities, play);
const tablesOf = ({ program }: StagedPlay) => pointsTables(program.db, program.id);

/** Counts events in calls of these sizes; what is over comes in a last call. */
async function countIn({ program, memberId, eventIds }: StagedPlay, sizes: readonly number[]): Promise<void> {
  const left = [...eventIds];
  for (const size of sizes) await count(program, memberId, left.splice(0, size));
  if (left.length > 0) await count(program, memberId, left);
}

const oneByOne = (play: StagedPlay) =>
  countIn(
    play,
    play.eventIds.map(() => 1),
  );

const deed = (changes: Partial<Deed> = {}): Deed => ({
  type: 'contribution',
  hour: 1,
  minor: null,
  unit: 'USD',
  size: null,
  of: 99,
  by: 'sent',
  ...changes,
});

const plain = (deeds: readonly Deed[]): DrawnPlay => ({
  deeds: [...deeds],
  budget: null,
  credit: 100_000n,
  blocked: null,
});

/** So many actions of several types over some days, which earn of everything. */
const many = (length: number): DrawnPlay =>
  plain(
    Array.from({ length }, (_, nth) =>
      nth % 3 === 2
        ? deed({
            type: 'purchase',
            minor: 2_550n,
            unit: nth % 2 === 0 ? 'EUR' : 'USD',
            hour: nth,
            size: 'large',
          })
        : deed({ hour: nth * 2, by: nth % 4 === 0 ? 'handed' : 'sent' }),
    ),
  );

/** While it runs, whoever stores the outcome of an action for which `condition` holds fails, by `code`. */
async function whileStoringFails(condition: string, code: string, run: () => Promise<void>): Promise<void> {
  await rawSql(
    database.ownerUrl,
    `CREATE FUNCTION fail_to_store() RETURNS trigger LANGUAGE plpgsql AS
     $$ BEGIN RAISE EXCEPTION 'failed' USING ERRCODE = '${code}'; END $$;
     CREATE TRIGGER fail_to_store BEFORE INSERT ON member_actions FOR EACH ROW
     WHEN (${condition}) EXECUTE FUNCTION fail_to_store()`,
  );
  try {
    await run();
  } finally {
    await rawSql(
      database.ownerUrl,
      'DROP TRIGGER fail_to_store ON member_actions; DROP FUNCTION fail_to_store()',
    );
  }
}

test('actions and refunds have the same effect one by one, all at once, and in any groups', async () => {
  await fc.assert(
    fc.asyncProperty(PLAYS, fc.array(fc.integer({ min: 1, max: 9 })), async (play, sizes) => {
      const alone = await open(play);
      await oneByOne(alone);
      const expected = await tablesOf(alone);
      for (const groups of [[], sizes]) {
        const grouped = await open(play);
        await countIn(grouped, groups);
        expect(await tablesOf(grouped)).toEqual(expected);
      }
    }),
    { numRuns: 5, endOnFailure: true },
  );
}, 180_000);

test('a full batch takes several transactions, with the same effect as its events one by one', async () => {
  const [alone, together] = [await open(many(50)), await open(many(50))];
  await oneByOne(alone);
  await countIn(together, []);
  expect(await tablesOf(together)).toEqual(await tablesOf(alone));
  const { db, id: programId } = together.program;
  const commits = await db.$queryRaw<{ decided: number }[]>`
    SELECT count(*)::int AS decided FROM events
    WHERE program_id = ${programId}::uuid AND workflow_id = ${`member-${together.memberId}`}
      AND state = 'decided' AND type <> 'member.told'
    GROUP BY decided_at ORDER BY decided_at`;
  expect(commits.map(({ decided }) => decided)).toEqual([25, 25, 1]);
});

test('a worker killed between two groups leaves the first, and the next try goes on from there', async () => {
  const [alone, killed] = [await open(many(40)), await open(many(40))];
  await oneByOne(alone);
  const { program, memberId, eventIds } = killed;
  const { db, id: programId } = program;
  const late = await db.event.findFirstOrThrow({ where: { programId, key: 'd30' } });
  await whileStoringFails(`NEW.event_id = '${late.id}'`, '57P01', async () => {
    await expect(count(program, memberId, eventIds)).rejects.toMatchObject({ type: 'Unavailable' });
  });
  const left = await db.event.count({ where: { programId, id: { in: [...eventIds] }, state: 'pending' } });
  expect(left).toBe(eventIds.length - 25);
  await count(program, memberId, eventIds);
  expect(await tablesOf(killed)).toEqual(await tablesOf(alone));
});

test('an event that can never be decided fails alone, with refunds of it, and is counted later', async () => {
  const deeds = Array.from({ length: 12 }, (_, hour) => deed({ hour }));
  deeds[5] = deed({ type: 'review', hour: 5 });
  deeds[8] = deed({ type: 'refund', of: 5, hour: 8 });
  deeds[9] = deed({ type: 'refund', of: 8, hour: 9 });
  deeds[10] = deed({ type: 'refund', of: 0, hour: 10 });
  const { program, memberId, eventIds } = await open(plain(deeds));
  const { db, id: programId } = program;
  const openKeys = async (state: 'pending' | 'parked') => {
    const where = { programId, id: { in: [...eventIds] }, state };
    return (await db.event.findMany({ where, orderBy: { seq: 'asc' } })).map(({ key }) => key);
  };
  await whileStoringFails(`NEW.type = 'review'`, 'P0001', async () => {
    await expect(count(program, memberId, eventIds)).rejects.toMatchObject({ type: 'Bug' });
  });
  expect(await openKeys('pending')).toEqual(['d5', 'd8', 'd9']);
  const ref = { programId, memberId, now_ms: 0, eventIds };
  await activities.parkMemberEvents({ ...ref, reason: 'a test' });
  expect(await openKeys('parked')).toEqual(['d5', 'd8', 'd9']);
  await count(program, memberId, eventIds);
  expect(await openKeys('parked')).toEqual([]);
  for (const key of ['d5', 'd8', 'd9', 'd10', 'd11']) {
    const event = await db.event.findFirstOrThrow({ where: { programId, key } });
    expect(await outcomeOf(program, event.id), key).toMatchObject({ decision: 'accepted' });
  }
});

test('calls with the same events at the same time, in parts and whole, count each event once', async () => {
  const [alone, crowded] = [await open(many(30)), await open(many(30))];
  await oneByOne(alone);
  const { program, memberId, eventIds } = crowded;
  const parts = [eventIds, eventIds, eventIds.slice(0, 20), eventIds.slice(0, 9)];
  await Promise.all(parts.map((ids) => insist(() => count(program, memberId, ids))));
  expect(await tablesOf(crowded)).toEqual(await tablesOf(alone));
});

test('a group waits while its program is paused, but for who is unknown, and then counts', async () => {
  const deeds = [deed(), deed({ by: 'handed' }), deed({ type: 'refund', of: 0 }), deed({ by: 'nobody' })];
  const { program, memberId, eventIds } = await open(plain(deeds));
  const { db, id: programId } = program;
  const set = (status: 'paused' | 'live') =>
    db.program.update({ where: { id: programId }, data: { status } });
  const states = async () => {
    const rows = await db.event.findMany({
      where: { programId, id: { in: [...eventIds] } },
      orderBy: { seq: 'asc' },
    });
    return rows.map(({ state, reason }) => [state, reason]);
  };
  await set('paused');
  await count(program, memberId, eventIds);
  const waits = ['waiting', 'program_paused'];
  expect(await states()).toEqual([waits, waits, waits, waits, ['decided', null]]);
  await set('live');
  await count(program, memberId, eventIds);
  expect(await states()).toEqual(Array.from({ length: 5 }, () => ['decided', null]));
});

test('points of one batch are listed in the order of its events', async () => {
  const { program, memberId, eventIds } = await open(many(20));
  await count(program, memberId, eventIds);
  const { db, id: programId } = program;
  const postings = await db.pointPosting.findMany({
    where: { programId, memberId, source: 'rule' },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  });
  const events = await db.event.findMany({
    where: { programId, id: { in: postings.map((it) => it.eventId ?? '') } },
  });
  const places = postings.map((it) => events.find(({ id }) => id === it.eventId)?.seq ?? 0n);
  expect(places.length).toBeGreaterThan(10);
  expect(places).toEqual(places.toSorted((a, b) => Number(a - b)));
});
