import fc from 'fast-check';
import { expect, test } from 'vitest';
import { convert } from '../../domain/rates/convert.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { playProgram, useActivities } from '../../tests/support/play.ts';
import { eur, seedRate } from '../../tests/support/rates.ts';
import { seedEvent } from '../../tests/support/seed.ts';

const database = useDatabase();
const activities = useActivities(database);

test('SQL converts as the domain does', async () => {
  const number = fc.bigInt(1n, 10n ** 30n);
  const samples = fc.sample(fc.tuple(fc.bigInt(0n, 10n ** 15n), number, number), 500);
  // Halves, which rounding decides.
  const cases = [...samples, [1n, 1n, 2n], [3n, 1n, 2n], [5n, 1n, 10n], [0n, 1n, 3n]] as const;
  const fitting = cases.filter(([minor, n, d]) => (minor * n) / d < 2n ** 62n);
  const rows = await database.db.$queryRaw<{ minor: bigint }[]>`
    SELECT converted_minor(m::bigint, n::numeric, d::numeric) AS minor
    FROM unnest(${fitting.map(([minor]) => `${minor}`)}::text[], ${fitting.map(([, n]) => `${n}`)}::text[],
      ${fitting.map(([, , d]) => `${d}`)}::text[]) WITH ORDINALITY AS c(m, n, d, at) ORDER BY at`;
  expect(rows.length).toBeGreaterThan(50);
  expect(rows.map(({ minor }) => minor)).toEqual(
    fitting.map(([minor, numerator, denominator]) => convert(minor, { numerator, denominator })),
  );
});

test('what is on record of rates is neither changed nor deleted, nor there twice for a time', async () => {
  const { db, id: programId } = await playProgram(database, activities);
  const rateId = await seedRate(db, programId, { from: 'EUR', to: 'USD', rate: '1.1' });
  const event = await seedEvent(db, programId, { type: 'purchase', subject: 'bob', value: eur(100n) });
  const fixed = { programId, eventId: event.id, unit: 'USD', rateId, numerator: '11', denominator: '10' };
  await db.eventRate.create({ data: fixed });
  const appendOnly = /append-only|permission denied/;
  await expect(db.rate.updateMany({ where: { programId }, data: { rate: '2' } })).rejects.toThrow(appendOnly);
  await expect(db.rate.deleteMany({ where: { programId } })).rejects.toThrow(appendOnly);
  await expect(db.eventRate.updateMany({ data: { numerator: '1' } })).rejects.toThrow(appendOnly);
  await expect(db.eventRate.deleteMany({ where: { programId } })).rejects.toThrow(appendOnly);
  const again = { from: 'USD', to: 'EUR', rate: '0.9' };
  await expect(seedRate(db, programId, again)).rejects.toMatchObject({
    cause: { originalMessage: expect.stringContaining('rates_pair') },
  });
  for (const rate of ['0', '0.0', '-1', '1e3', '1.0000000000000']) {
    await expect(seedRate(db, programId, { from: 'EUR', to: 'CHF', rate })).rejects.toThrow(/rates_rate/);
  }
  expect(await db.rate.findMany({ where: { programId } })).toMatchObject([{ rate: '1.1' }]);
});
