import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { ofPerson, type Person } from './person.ts';
import type { TableRule } from './rule.ts';

/** What one statement erases: the rows of a table that are the member's, or some of them. */
export type RowsRule = Pick<TableRule, 'of' | 'becomes' | 'goes'>;

/**
 * Erases at most `limit` rows of a table as its rule says. Returns how many there were; a row that is erased
 * already is not looked at again, so 0 says that nothing is left.
 */
export async function eraseRows(
  tx: Tx,
  person: Person,
  table: string,
  { of, becomes = {}, goes }: RowsRule,
  limit: number,
): Promise<number> {
  if (of === undefined) throw new Error(`no row of ${table} is a member's`);
  const name = Prisma.raw(table);
  const isOf = Prisma.sql`t.program_id = ${person.programId}::uuid AND (${ofPerson(person, of)})`;
  // The condition again: rows of two partitions may have one ctid.
  const rows = (which: Prisma.Sql) =>
    Prisma.sql`t.ctid = ANY (ARRAY(SELECT t.ctid FROM ${name} t WHERE ${which} LIMIT ${limit})) AND ${which}`;
  if (goes !== undefined) return await tx.$executeRaw`DELETE FROM ${name} t WHERE ${rows(isOf)}`;
  const changes = Object.entries(becomes).map(([column, text]) => [column, ofPerson(person, text)] as const);
  const isLeft = changes.map(
    ([column, value]) => Prisma.sql`t.${Prisma.raw(column)} IS DISTINCT FROM ${value}`,
  );
  const sets = changes.map(([column, value]) => Prisma.sql`${Prisma.raw(column)} = ${value}`);
  return await tx.$executeRaw`
    UPDATE ${name} t SET ${Prisma.join(sets)}
    WHERE ${rows(Prisma.sql`${isOf} AND (${Prisma.join(isLeft, ' OR ')})`)}`;
}
