import { PrismaPg } from '@prisma/adapter-pg';
import { describe, expect, test } from 'vitest';
import { errorCodes } from '../platform/log.ts';
import { useDatabase } from '../tests/support/database.ts';
import { connectionConfig, createDatabase, type Tx } from './client.ts';
import { PrismaClient } from './generated/client.ts';

const database = useDatabase();
const AT = new Date('2026-03-29T01:30:00.123Z');

/** One of each type that statements give or take. */
const all = (tx: Tx) => tx.$queryRaw<Record<string, unknown>[]>`
  SELECT 1::smallint AS small, 2::int AS int, 9007199254740993::bigint AS big,
         0.1::float8 AS float, 12.50::numeric AS numeric,
         true AS bool, 'ä'::text AS text,
         '0197f0c0-0000-7000-8000-000000000001'::uuid AS uuid, 'live'::program_status AS enum,
         '2026-02-28'::date AS day, '2026-02-28 23:59:59.5+05:30'::timestamptz AS moment,
         '{"a": [1, null]}'::jsonb AS jsonb, '[]'::json AS json,
         ARRAY[1, NULL, 3]::int[] AS ints, ARRAY[1, NULL]::bigint[] AS bigs,
         ARRAY['a', NULL]::text[] AS texts, ARRAY[1.5]::numeric[] AS numerics,
         ARRAY[now()]::timestamptz[] = ARRAY[now()] AS same,
         ARRAY['2026-01-01Z', NULL]::timestamptz[] AS moments, ARRAY['2026-02-28']::date[] AS days,
         NULL::jsonb AS nothing,
         ${AT}::timestamptz AS given_moment, ${AT}::timestamptz::text AS given_text,
         ${12n}::bigint AS given_big, ${['a', 'b']}::text[] AS given_texts, ${null}::int AS given_null,
         ${[1n, 2n]}::bigint[] AS given_bigs`;

test('a statement gives and takes the same values as through Prisma, whatever their type', async () => {
  const prisma = new PrismaClient({ adapter: new PrismaPg(connectionConfig({ url: database.url })) });
  const prismas = await all(prisma).finally(() => prisma.$disconnect());
  expect(await all(database.db)).toEqual(prismas);
  expect(await database.db.$transaction(all)).toEqual(prismas);
  expect(prismas[0]).toMatchObject({
    big: 9_007_199_254_740_993n,
    given_moment: AT,
    jsonb: { a: [1, null] },
  });
});

test('a statement is the first that connects, and connects again after the client was closed', async () => {
  const db = createDatabase({ url: database.url, poolMax: 1 });
  const one = async () => await db.$queryRaw`SELECT 1 AS one`;
  expect(await Promise.all([one(), one(), one()])).toEqual([[{ one: 1 }], [{ one: 1 }], [{ one: 1 }]]);
  await db.$disconnect();
  expect(await one()).toEqual([{ one: 1 }]);
  await db.$disconnect();
});

test('a statement that fails tells the code of PostgreSQL, and none of the values', async () => {
  const failing = (tx: Tx) => tx.$queryRaw`SELECT 1 / (length(${'secret'}) - 6)`;
  for (const failed of [failing(database.db), database.db.$transaction(failing)]) {
    const error = await failed.catch((it: unknown) => it);
    expect(errorCodes(error)).toContain('22012');
    expect(JSON.stringify(error)).not.toContain('secret');
  }
});

test('a statement written as a value, or that changes rows, does as through Prisma', async () => {
  const insert = (tx: Tx) => tx.$executeRaw`INSERT INTO programs (id, slug, name, default_destination)
    SELECT gen_random_uuid(), 'slug-' || gen_random_uuid(), 'Name', 'https://example.com'
    FROM generate_series(1, 3)`;
  expect(await database.db.$transaction(insert)).toBe(3);
});

describe('a transaction', () => {
  const slug = (name: string) => ({ slug: name, name, defaultDestination: 'https://example.com' });

  test('holds what raw statements and Prisma’s own queries wrote, or neither', async () => {
    const work = (id: string, fails: boolean) => async (tx: Tx) => {
      await tx.program.create({ data: { id, ...slug(`model-${fails}`) } });
      const renamed = await tx.$executeRaw`UPDATE programs SET name = 'renamed' WHERE id = ${id}::uuid`;
      expect(renamed).toBe(1);
      if (fails) throw new Error('no');
      return (await tx.program.findUniqueOrThrow({ where: { id } })).name;
    };
    const [kept, lost] = ['0197f0c0-0000-7000-8000-00000000000a', '0197f0c0-0000-7000-8000-00000000000b'];
    expect(await database.db.$transaction(work(kept, false))).toBe('renamed');
    await expect(database.db.$transaction(work(lost, true))).rejects.toThrow('no');
    expect(await database.db.program.count({ where: { id: { in: [kept, lost] } } })).toBe(1);
  });

  test('that took too long takes no more statements, not even outside of it', async () => {
    let late: Promise<unknown> | undefined;
    const work = async (tx: Tx) => {
      await tx.$executeRaw`SELECT pg_sleep(0.6)`;
      late = tx.$executeRaw`INSERT INTO programs (id, slug, name, default_destination)
        VALUES (gen_random_uuid(), 'late', 'Late', 'https://example.com')`;
      await late;
    };
    await expect(database.db.$transaction(work, { timeout: 200 })).rejects.toThrow();
    await expect(late).rejects.toMatchObject({ code: 'P2028' });
    expect(await database.db.program.count({ where: { slug: 'late' } })).toBe(0);
  });

  test('keeps to itself when many run at once', async () => {
    const own = (n: number) => async (tx: Tx) => {
      const [first] = await tx.$queryRaw<
        { id: string }[]
      >`SELECT pg_current_xact_id()::text AS id, pg_sleep(0.01)::text`;
      await tx.program.count();
      const [second] = await tx.$queryRaw<
        { id: string }[]
      >`SELECT pg_current_xact_id()::text AS id, ${n}::int AS n`;
      expect(second?.id).toBe(first?.id);
      return first?.id;
    };
    const ids = await Promise.all(Array.from({ length: 24 }, (_, n) => database.db.$transaction(own(n))));
    expect(new Set(ids).size).toBe(24);
  });
});
