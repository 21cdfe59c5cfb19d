import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { useDatabase } from '../../tests/support/database.ts';
import { columnsIn, namesIn } from './rule.ts';
import { TABLES } from './tables.ts';

const database = useDatabase();

interface Column {
  readonly name: string;
  readonly type: string;
}

/** The columns of the database as it is, by `table.column`. */
async function catalogue(): Promise<Column[]> {
  const client = new pg.Client({ connectionString: database.ownerUrl });
  await client.connect();
  try {
    const { rows } = await client.query<Column>(`
      SELECT c.relname || '.' || a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'm', 'f')
        AND NOT c.relispartition
        AND a.attnum > 0 AND NOT a.attisdropped
      ORDER BY 1`);
    return rows;
  } finally {
    await client.end();
  }
}

const declared = Object.entries(TABLES).flatMap(([table, rule]) =>
  columnsIn(rule).map((column) => `${table}.${column}`),
);

describe('what is personal', () => {
  it('is declared of every column of every table that the database has, once, and of no other', async () => {
    const names = (await catalogue()).map(({ name }) => name);
    expect(names.length).toBeGreaterThan(500);
    const missing = names.filter((name) => !declared.includes(name));
    const gone = declared.filter((name) => !names.includes(name));
    const twice = declared.filter((name, at) => declared.indexOf(name) !== at);
    expect({ missing, gone, twice }).toEqual({ missing: [], gone: [], twice: [] });
  });

  it('has rows to be erased wherever it is a member’s', () => {
    const homeless = Object.entries(TABLES).filter(
      ([, { becomes, goes, of, by }]) =>
        (becomes !== undefined || goes !== undefined) && of === undefined && by === undefined,
    );
    expect(homeless).toEqual([]);
  });

  it('is hidden in an export by names of columns that are there', () => {
    const unknown = Object.entries(TABLES).flatMap(([table, rule]) =>
      (rule.exports ?? []).flatMap(({ hides }) =>
        namesIn(hides)
          .filter((column) => !columnsIn(rule).includes(column))
          .map((column) => `${table}.${column}`),
      ),
    );
    expect(unknown).toEqual([]);
  });

  it('is no network address in any column: those are keyed hashes', async () => {
    const columns = await catalogue();
    const typed = columns.filter(({ type }) => /^(inet|cidr|macaddr)/.test(type));
    const named = columns.filter(({ name }) => /\.(.*_)?(ip|address)(_|$)/.test(name));
    expect(typed).toEqual([]);
    expect(named.map(({ name }) => name)).toEqual([
      'referrals.ip_hash',
      'touches.ip_hash',
      'user_sessions.address_hash',
    ]);
  });
});
