import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { lowestIdAt, newId } from '../../platform/ids.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { rawSql } from '../../tests/support/ledger.ts';
import { monthOf } from '../../tests/support/months.ts';
import { seedMember, seedProgram, testPolicy } from '../../tests/support/seed.ts';
import { keepByMonths } from './months.ts';

const database = useDatabase();

test('clicks whose id says no month, or one far ahead, go by when they happened', async () => {
  const { db } = database;
  const attribution = { model: 'last_touch', window_days: 100 } as const;
  const programId = await seedProgram(db, testPolicy({ attribution }));
  const { linkId } = await seedMember(db, programId, 'ann');
  const far = () => lowestIdAt(Date.UTC(2999, 4, 5)).replace(/.{12}$/, newId().slice(-12));
  const random = () => `f${randomUUID().slice(1)}`;
  const click = async (id: string, occurredAt: Date) => {
    await db.touch.create({ data: { programId, id, linkId, visitorId: newId(), occurredAt } });
    return id;
  };
  const [past, asked, now] = [monthOf('touches', 9).at, monthOf('touches', 3).at, new Date()];
  const gone: string[] = [];
  const staying: string[] = [];
  for (const toId of [random, far]) {
    gone.push(await click(toId(), past));
    staying.push(await click(toId(), asked), await click(toId(), now));
  }
  const rest = await rawSql<{ id: string }>(database.ownerUrl, 'SELECT id FROM touches_rest');
  expect(rest.map(({ id }) => id).sort()).toEqual([...gone, ...staying].sort());
  const keep = { clicks: null, notices: null, messages: null, events: null };
  expect(await keepByMonths(db, keep, Date.now())).toEqual({ gone: [], letGo: 0 });
  expect(await keepByMonths(db, { ...keep, clicks: 1 }, Date.now())).toEqual({ gone: [], letGo: 2 });
  const left = await db.touch.findMany({ where: { programId } });
  expect(left.map(({ id }) => id).sort()).toEqual(staying.sort());
  await db.$queryRaw`SELECT touches_let_go('infinity')`;
  // What the last 28 days brought stays, whatever is asked.
  expect(await db.touch.count({ where: { programId } })).toBe(2);
});
