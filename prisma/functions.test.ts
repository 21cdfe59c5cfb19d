import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../tests/support/database.ts';
import { execute, withClient } from './connection.ts';
import { functionDrift, functionFiles, isSameSql } from './functions.ts';

const files = functionFiles();
let database: TestDatabase;

beforeAll(async () => {
  database = await testDatabase();
});

afterAll(() => database.drop());

const drift = () => withClient(database.ownerUrl, (client) => functionDrift(client, files));

test('every function has its own file, as migrations leave it, and every file its function', async () => {
  expect(await drift()).toEqual([]);
});

test('a function changed, dropped, added or overloaded is found, and the SQL puts it right', async () => {
  await execute(
    database.ownerUrl,
    `CREATE OR REPLACE FUNCTION board_lock_key(p_window uuid) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
       SELECT hashtextextended('board window ' || p_window::text, 0) $$;
     DROP FUNCTION board_members;
     CREATE FUNCTION board_members(p_window uuid) RETURNS integer LANGUAGE sql AS 'SELECT 1';
     DROP FUNCTION ledger_recorded;
     CREATE FUNCTION no_file() RETURNS integer LANGUAGE sql AS 'SELECT 1';
     CREATE FUNCTION board_since_ms(p_board integer) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'`,
  );
  const changes = await drift();
  expect(changes.map(({ name, kind }) => [name, kind])).toEqual([
    ['board_lock_key', 'changed'],
    ['board_members', 'changed'],
    ['ledger_recorded', 'missing'],
    ['board_since_ms', 'surplus'],
    ['no_file', 'surplus'],
  ]);
  await execute(database.ownerUrl, changes.map(({ sql }) => sql).join('\n'));
  expect(await drift()).toEqual([]);
});

test('comparing changes neither schema nor database, which keeps no trace of the files', async () => {
  const altered = files.map(({ name, sql }) => ({
    name,
    sql: sql.replaceAll("'restrict_violation'", "'22000'"),
  }));
  const kinds = await withClient(database.ownerUrl, async (client) =>
    (await functionDrift(client, altered)).map(({ kind }) => kind),
  );
  expect(new Set(kinds)).toEqual(new Set(['changed']));
  expect(await drift()).toEqual([]);
});

test('a file that holds another function than its name says is refused', async () => {
  const misnamed = files.map((file) =>
    file.name === 'ledger_fits' ? { ...file, name: 'ledger_fit' } : file,
  );
  await expect(withClient(database.ownerUrl, (client) => functionDrift(client, misnamed))).rejects.toThrow(
    'prisma/functions/ledger_fit.sql: each file makes exactly one function',
  );
});

test.each([
  ['comments and white space', 'SELECT a,b -- both\n FROM t', 'SELECT a , b\nFROM /* here */ t', true],
  ['a comment sign inside a string', "SELECT '-- a'", "SELECT '-- b'", false],
  ['white space inside a string', "SELECT 'a b'", "SELECT 'a  b'", false],
  ['a word divided in two', 'SELECT ab', 'SELECT a b', false],
  ['an operator divided in two', 'a <> b', 'a < > b', false],
  ['a quote inside a string', "SELECT 'it''s -- so' -- x", "SELECT 'it''s -- so'", true],
])('%s: SQL counts as the same only where it means the same', (_, a, b, same) => {
  expect(isSameSql(a, b)).toBe(same);
});
