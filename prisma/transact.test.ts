import { describe, expect, test } from 'vitest';
import { useDatabase } from '../tests/support/database.ts';
import type { Tx } from './client.ts';
import { transact } from './transact.ts';

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
  const ours = await transact(database.db, all);
  const prismas = await database.db.$transaction(all);
  expect(ours).toEqual(prismas);
  expect(ours[0]).toMatchObject({ big: 9_007_199_254_740_993n, given_moment: AT, jsonb: { a: [1, null] } });
});

test('a statement written as a value, or that changes rows, does as through Prisma', async () => {
  const insert = (tx: Tx) => tx.$executeRaw`INSERT INTO programs (id, slug, name, default_destination)
    SELECT gen_random_uuid(), 'slug-' || gen_random_uuid(), 'Name', 'https://example.com'
    FROM generate_series(1, 3)`;
  expect(await transact(database.db, insert)).toBe(3);
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
    expect(await transact(database.db, work(kept, false))).toBe('renamed');
    await expect(transact(database.db, work(lost, true))).rejects.toThrow('no');
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
    await expect(transact(database.db, work, { timeout: 200 })).rejects.toThrow();
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
    const ids = await Promise.all(Array.from({ length: 24 }, (_, n) => transact(database.db, own(n))));
    expect(new Set(ids).size).toBe(24);
  });
});
