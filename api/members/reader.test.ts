import pg from 'pg';
import { expect, it } from 'vitest';
import { COUNTS_ALONE } from '../../engine/members/row.ts';
import { connectionConfig } from '../../prisma/client.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { useResource } from '../../tests/support/resource.ts';
import { fixedPolicy, seedMember, seedProgram } from '../../tests/support/seed.ts';
import { createMemberReader } from './reader.ts';

const database = useDatabase();
const pool = useResource({
  make: () => new pg.Pool({ ...connectionConfig({ url: database.url }), max: 4 }),
  end: (it) => it.end(),
});
const newProgram = () => seedProgram(database.db, fixedPolicy(500n, 30));

it('tells each of many who ask at once of their own member, in their program alone', async () => {
  const reader = createMemberReader(pool);
  const programs = await Promise.all([newProgram(), newProgram()]);
  const names = Array.from({ length: 20 }, (_, nth) => `member ${nth}`);
  const seeded = await Promise.all(
    programs.flatMap((programId) =>
      names.map(async (name) => ({ programId, name, ...(await seedMember(database.db, programId, name)) })),
    ),
  );
  const stored = await Promise.all(
    seeded.map(({ programId, id }) =>
      database.db.member.findUnique({ where: { programId_id: { programId, id } }, omit: COUNTS_ALONE }),
    ),
  );
  const ask = ({ programId, id, name }: (typeof seeded)[number]) => [
    reader.read(programId, { id }),
    reader.read(programId, { externalId: name }),
    reader.read(programId, { externalId: `${name}!` }),
    reader.read(programs.find((other) => other !== programId) ?? '', { id }),
  ];
  const found = await Promise.all(seeded.map((member) => Promise.all(ask(member))));
  expect(found).toEqual(stored.map((member) => [member, member, null, null]));
});

it('asks the database once for all who ask while it answers others', async () => {
  const statements: number[] = [];
  const counting = {
    query: (statement: pg.QueryConfig & { readonly values: readonly (readonly string[])[] }) => {
      statements.push(statement.values[0]?.length ?? 0);
      return pool.query(statement);
    },
  } as unknown as pg.Pool;
  const reader = createMemberReader(counting);
  const programId = await newProgram();
  const { id } = await seedMember(database.db, programId, 'ann');
  await Promise.all(Array.from({ length: 700 }, () => reader.read(programId, { id })));
  expect(statements).toEqual([500, 200]);
});

it('says to all who share a statement that it failed, and serves those who come after', async () => {
  let isAway = true;
  const flaky = {
    query: async (statement: pg.QueryConfig) => {
      if (isAway) throw new Error('away');
      return await pool.query(statement);
    },
  } as unknown as pg.Pool;
  const reader = createMemberReader(flaky);
  const programId = await newProgram();
  const { id } = await seedMember(database.db, programId, 'ann');
  const asked = await Promise.allSettled([1, 2].map(() => reader.read(programId, { id })));
  expect(asked.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  isAway = false;
  expect((await reader.read(programId, { id }))?.id).toBe(id);
});
