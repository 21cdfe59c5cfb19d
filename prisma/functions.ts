import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type pg from 'pg';
import { projectRoot } from './root.ts';

/** A file of prisma/functions: the name of its function, and its text. */
export interface FunctionFile {
  readonly name: string;
  readonly sql: string;
}

/** A function whose file and database disagree, and the SQL that lets the database follow the file. */
export interface FunctionChange {
  readonly name: string;
  /** `missing`: the database lacks it. `changed`: it differs. `surplus`: it has no file. */
  readonly kind: 'missing' | 'changed' | 'surplus';
  readonly sql: string;
}

/** A function as the database has it. */
interface StoredFunction {
  readonly name: string;
  /** Name and arguments, as `DROP FUNCTION` takes them. */
  readonly signature: string;
  /** Arguments and result. When these differ, `CREATE OR REPLACE` cannot replace the function. */
  readonly shape: string;
  /** What `pg_get_functiondef` prints, without the schema. */
  readonly definition: string;
}

/** A schema that exists within one transaction that is rolled back. */
const FILED = 'functions_as_filed';

/** Every file of prisma/functions, by name. */
export function functionFiles(): FunctionFile[] {
  const folder = path.join(projectRoot(), 'prisma', 'functions');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => ({
      name: path.basename(file, '.sql'),
      sql: readFileSync(path.join(folder, file), 'utf8'),
    }));
}

/**
 * Compares the functions of schema `public` with their files. Comments and white space do not count.
 * @param client A connection to a migrated database, as the owner. Nothing is changed.
 * @returns One change for each function that differs, by name; empty when files and database agree.
 * Errors: PostgreSQL's, when a file does not compile; an Error when a file holds another function than its
 * name says.
 */
export async function functionDrift(
  client: pg.Client,
  files: readonly FunctionFile[],
): Promise<FunctionChange[]> {
  await client.query(`BEGIN; CREATE SCHEMA ${FILED}; SET LOCAL search_path = ${FILED}, public`);
  try {
    for (const { sql } of files) await client.query(sql);
    const filed = await readFunctions(client, FILED);
    const migrated = await readFunctions(client, 'public');
    requireOneEach(files, filed);
    return compareFunctions(files, filed, migrated);
  } finally {
    await client.query('ROLLBACK');
  }
}

async function readFunctions(client: pg.Client, schema: string): Promise<StoredFunction[]> {
  const { rows } = await client.query<StoredFunction>(
    `SELECT p.proname AS name,
       format('%I(%s)', p.proname, pg_get_function_identity_arguments(p.oid)) AS signature,
       concat_ws(' ', pg_get_function_arguments(p.oid), pg_get_function_result(p.oid)) AS shape,
       replace(pg_get_functiondef(p.oid), format(' FUNCTION %I.', $1::text), ' FUNCTION ') AS definition
     FROM pg_proc p
     WHERE p.pronamespace = $1::regnamespace
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
     ORDER BY 1, 2`,
    [schema],
  );
  return rows;
}

function requireOneEach(files: readonly FunctionFile[], filed: readonly StoredFunction[]): void {
  const names = filed.map(({ name }) => name);
  const wrong = files.find(({ name }) => names.filter((it) => it === name).length !== 1);
  if (wrong !== undefined || names.length !== files.length) {
    const where = wrong === undefined ? 'prisma/functions' : `prisma/functions/${wrong.name}.sql`;
    throw new Error(`${where}: each file makes exactly one function, the one that it is named after`);
  }
}

function compareFunctions(
  files: readonly FunctionFile[],
  filed: readonly StoredFunction[],
  migrated: readonly StoredFunction[],
): FunctionChange[] {
  const changes = files.flatMap(({ name, sql }): FunctionChange[] => {
    const wanted = filed.find((it) => it.name === name);
    const current = migrated.find((it) => it.name === name);
    if (wanted === undefined || current === undefined) return [{ name, kind: 'missing', sql }];
    if (isSameSql(wanted.definition, current.definition)) return [];
    const drop = wanted.shape === current.shape ? '' : dropSql(current);
    return [{ name, kind: 'changed', sql: `${drop}${sql}` }];
  });
  const surplus = migrated
    .filter(({ name }, at) => !files.some((it) => it.name === name) || migrated[at - 1]?.name === name)
    .map((current): FunctionChange => ({ name: current.name, kind: 'surplus', sql: dropSql(current) }));
  return [...changes, ...surplus];
}

function dropSql({ signature }: StoredFunction): string {
  return `-- Its rights go with it: repeat GRANT and REVOKE where the function stays.
DROP FUNCTION ${signature};\n`;
}

/** What SQL consists of: strings, quoted names, comments, words, operators, and any other character. */
const TOKEN = new RegExp(
  [
    /'(?:[^']|'')*'/,
    /"(?:[^"]|"")*"/,
    /--[^\n]*/,
    /\/\*[\s\S]*?\*\//,
    /[\p{L}\p{N}_$]+/u,
    /(?:(?!--|\/\*)[-+*/<>=~!@#%^&|`?])+/,
    /\S/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'gu',
);

/** Whether two SQL texts are equal but for comments and the white space between tokens. */
export function isSameSql(a: string, b: string): boolean {
  return JSON.stringify(tokensOf(a)) === JSON.stringify(tokensOf(b));
}

function tokensOf(sql: string): readonly string[] {
  return (sql.match(TOKEN) ?? []).filter((token) => !token.startsWith('--') && !token.startsWith('/*'));
}
