import pg from 'pg';
import { expect, it } from 'vitest';
import { CLOCK_SKEW_MAX_MS, DAY_MS } from '../../domain/time.ts';
import { newId } from '../../platform/ids.ts';
import { connectionConfig } from '../../prisma/client.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { useResource } from '../../tests/support/resource.ts';
import { seedMember, seedProgram } from '../../tests/support/seed.ts';
import { storeTouches, type TouchRow } from './touches.ts';

const database = useDatabase();
const pool = useResource({
  make: () => new pg.Pool({ ...connectionConfig({ url: database.url }), max: 2 }),
  end: (it) => it.end(),
});

async function clicker() {
  const programId = await seedProgram(database.db);
  const { linkId } = await seedMember(database.db, programId, 'ann');
  const visitorId = newId();
  return (at_ms: number): TouchRow => ({
    program_id: programId,
    id: newId(at_ms),
    link_id: linkId,
    visitor_id: visitorId,
    occurred_at: new Date(at_ms).toISOString(),
    ip_hash: null,
    user_agent_hash: null,
    paid_click: null,
    source: null,
    is_new: false,
  });
}

const timeOf = async (id: string) =>
  (await database.db.touch.findFirstOrThrow({ where: { id } })).occurredAt.getTime();

it('a click whose process has a clock that runs years ahead happened when it was stored', async () => {
  const rowAt = await clicker();
  const ahead_ms = Date.now() + 3_650 * DAY_MS;
  const [first, again] = [rowAt(ahead_ms), rowAt(ahead_ms + 1_000)];
  expect(await storeTouches(pool, [first])).toEqual([first.id]);
  // The next within the hour is the same click, by its own clock as by ours.
  expect(await storeTouches(pool, [again])).toEqual([first.id]);
  expect(await timeOf(first.id)).toBeLessThanOrEqual(Date.now() + CLOCK_SKEW_MAX_MS);
});

it('a click happened when its process says, where that lies in the past or barely ahead', async () => {
  for (const off_ms of [-3 * DAY_MS, 0, CLOCK_SKEW_MAX_MS - 60_000]) {
    const rowAt = await clicker();
    const at_ms = Date.now() + off_ms;
    const row = rowAt(at_ms);
    await storeTouches(pool, [row]);
    expect(await timeOf(row.id)).toBe(at_ms);
  }
});

it('clicks of several programs in one batch are each stored as they are, and repeats lead on', async () => {
  const [ann, bob] = [await clicker(), await clicker()];
  const now_ms = Date.now();
  const first = ann(now_ms - 60_000);
  await storeTouches(pool, [first]);
  const paid_click = { gclid: 'a"b\\c,{d}' };
  const rows: TouchRow[] = [
    { ...bob(now_ms), paid_click, source: 'news "letter", \\ {NULL}' },
    ann(now_ms),
    { ...ann(now_ms), is_new: true, visitor_id: newId(), ip_hash: 'NULL', source: 'null' },
    // A journal that is stored once more.
    first,
  ];
  expect(await storeTouches(pool, rows)).toEqual([rows[0]?.id, first.id, rows[2]?.id, first.id]);
  const stored = await database.db.touch.findMany({ where: { id: { in: rows.map(({ id }) => id) } } });
  const byId = new Map(stored.map((touch) => [touch.id, touch]));
  expect(byId.get(rows[0]?.id ?? '')).toMatchObject({
    programId: rows[0]?.program_id,
    linkId: rows[0]?.link_id,
    paidClick: paid_click,
    source: rows[0]?.source,
    ipHash: null,
  });
  expect(byId.get(rows[2]?.id ?? '')).toMatchObject({
    linkId: first.link_id,
    ipHash: 'NULL',
    source: 'null',
  });
  expect(byId.size).toBe(3);
});
