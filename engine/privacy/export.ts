import type { Database, Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { accountsOf, ofPerson, type Person } from './person.ts';
import { columnsIn, type ExportPart, namesIn, type TableRule } from './rule.ts';
import { TABLES } from './tables.ts';

/**
 * Where an export goes on: with the member or an account that was merged into them, behind this row of this
 * part, by its primary key; null: from the part's first.
 */
export interface ExportPlace {
  readonly memberId: string;
  readonly part: string;
  readonly after: Readonly<Record<string, string>> | null;
}

/** One row of a member's, by the names of its columns in camel case. Amounts are decimal strings. */
export interface ExportedRow {
  readonly of: string;
  readonly row: Readonly<Record<string, unknown>>;
}

interface Part extends ExportPart {
  readonly table: string;
  readonly rule: TableRule;
}

const partsOf = ([table, rule]: readonly [string, TableRule]): Part[] => {
  const whole = rule.of === undefined ? [] : [{ as: table, of: rule.of }];
  return (rule.exports ?? whole).map((part) => ({ ...part, table, rule }));
};

/** Every part of an export, in its order: what tables declare, so that none can be forgotten. */
const PARTS: readonly Part[] = Object.entries(TABLES).flatMap(partsOf);

export const EXPORT_PARTS: readonly string[] = PARTS.map(({ as }) => as);

/**
 * Reads at most `limit` rows of what is kept of a member, from a place on; null: from the beginning. Returns
 * them with the place where the next page begins; null: that was all.
 */
export async function exportRows(
  db: Database | Tx,
  person: Person,
  place: ExportPlace | null,
  limit: number,
): Promise<{ readonly rows: readonly ExportedRow[]; readonly next: ExportPlace | null }> {
  const rows: ExportedRow[] = [];
  for (const { account, part, after } of partsFrom(await accountsOf(db, person), place)) {
    const found = await readPart(db, account, part, after, limit - rows.length + 1);
    const taken = found.slice(0, limit - rows.length);
    rows.push(...taken.map(({ row }) => ({ of: part.as, row: camelCased(row) })));
    if (found.length > taken.length) {
      const { memberId } = account;
      return { rows, next: { memberId, part: part.as, after: taken.at(-1)?.key ?? after } };
    }
  }
  return { rows, next: null };
}

/** Every part of every account in their order, from a place on; from the first where it is none of theirs. */
function partsFrom(accounts: readonly Person[], place: ExportPlace | null) {
  const all = accounts.flatMap((account) => PARTS.map((part) => ({ account, part, after: null })));
  const first = all.findIndex(
    ({ account, part }) => account.memberId === place?.memberId && part.as === place.part,
  );
  const [at, ...rest] = all.slice(Math.max(0, first));
  return at === undefined ? [] : [{ ...at, after: first < 0 ? null : (place?.after ?? null) }, ...rest];
}

interface Found {
  readonly key: Readonly<Record<string, string>>;
  readonly row: Readonly<Record<string, unknown>>;
}

async function readPart(
  db: Database | Tx,
  person: Person,
  part: Part,
  after: ExportPlace['after'],
  limit: number,
): Promise<Found[]> {
  const { table, of, rule } = part;
  const columns = await columnsOf(db, table);
  const keys = columns.filter(({ isKey }) => isKey).map(({ name }) => name);
  const byKey = (alias: string) => Prisma.raw(keys.map((key) => `${alias}.${key}`).join(', '));
  const shown = columns.filter(({ name }) => isShown(part, name));
  const selected = shown.map(({ name, type }) => `${part.shows?.[name] ?? read(name, type)} AS ${name}`);
  const isOfProgram = columnsIn(rule).includes('program_id');
  const beyond =
    after === null
      ? Prisma.empty
      : Prisma.sql`AND (${byKey('t')}) > (SELECT ${byKey('k')}
          FROM jsonb_populate_record(NULL::${Prisma.raw(table)}, ${JSON.stringify(after)}::jsonb) k)`;
  return await db.$queryRaw<Found[]>`
    SELECT (SELECT jsonb_object_agg(key, value) FROM jsonb_each_text(to_jsonb(t))
            WHERE key = ANY(${keys}::text[])) AS key,
           (SELECT to_jsonb(x) FROM (SELECT ${Prisma.raw(selected.join(', '))}) x) AS row
    FROM ${Prisma.raw(table)} t
    WHERE ${isOfProgram ? Prisma.sql`t.program_id = ${person.programId}::uuid AND` : Prisma.empty}
      (${ofPerson(person, of)}) ${beyond}
    ORDER BY ${byKey('t')} LIMIT ${limit}`;
}

/** What operators and others left in a row is theirs. */
const isShown = ({ hides, rule }: Part, name: string): boolean =>
  name !== 'program_id' && ![...namesIn(hides), ...namesIn(rule.others)].includes(name);

/** JSON has no whole numbers beyond 2^53, and times are written in UTC. */
function read(name: string, type: string): string {
  if (type === 'bigint') return `t.${name}::text`;
  return type.startsWith('timestamp')
    ? `to_char(t.${name} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
    : `t.${name}`;
}

interface Column {
  readonly name: string;
  readonly type: string;
  readonly isKey: boolean;
}

/** The columns of a table, those of its primary key in the order of the key. */
const columnsOf = (db: Database | Tx, table: string): Promise<Column[]> => db.$queryRaw<Column[]>`
  SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
         coalesce(a.attnum = ANY(i.indkey), false) AS "isKey"
  FROM pg_attribute a LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
  WHERE a.attrelid = ${table}::regclass AND a.attnum > 0 AND NOT a.attisdropped
  ORDER BY array_position(i.indkey::int2[], a.attnum), a.attnum`;

const camelCased = (row: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
