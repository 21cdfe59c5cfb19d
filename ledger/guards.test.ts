import { beforeAll, describe, expect, test } from 'vitest';
import { useDatabase } from '../tests/support/database.ts';
import { createFixture, type Fixture, rawSql } from '../tests/support/ledger.ts';
import { setBudget } from './post.ts';

let fixture: Fixture;

const database = useDatabase();

beforeAll(async () => {
  fixture = await createFixture(database.db);
  await fixture.give(100n);
});

const TABLES = [
  'ledger_accounts',
  'ledger_balances',
  'ledger_transactions',
  'ledger_entries',
  'ledger_lots',
  'ledger_allocations',
];
const APPEND_ONLY = ['ledger_transactions', 'ledger_entries', 'ledger_allocations'];

describe('what the application may not do by raw SQL', () => {
  test.each(TABLES)('it cannot write, change, remove or truncate rows of %s', async (table) => {
    const [column] = await rawSql<{ column_name: string }>(
      database.ownerUrl,
      `SELECT column_name FROM information_schema.columns
       WHERE table_name = $1 AND is_generated = 'NEVER' LIMIT 1`,
      [table],
    );
    const attacks = [
      `INSERT INTO ${table} DEFAULT VALUES`,
      `UPDATE ${table} SET ${column?.column_name} = ${column?.column_name}`,
      `DELETE FROM ${table}`,
      `TRUNCATE ${table} CASCADE`,
      `SELECT * FROM ${table} FOR UPDATE`,
    ];
    for (const attack of attacks) {
      await expect(rawSql(database.url, attack)).rejects.toThrow(/permission denied/);
    }
  });

  test('it cannot call the functions behind ledger_post', async () => {
    const attack = rawSql(database.url, `SELECT ledger_open_account($1, 'USD', 'budget', NULL)`, [
      fixture.programId,
    ]);
    await expect(attack).rejects.toThrow(/permission denied/);
  });

  test('of the functions that the ledger has it may call those that it is meant to', async () => {
    const functions = await rawSql<{ name: string }>(
      database.url,
      `SELECT proname AS name FROM pg_proc WHERE proname LIKE 'ledger\\_%'
         AND prorettype <> 'trigger'::regtype AND has_function_privilege('referral_app', oid, 'EXECUTE')
       ORDER BY 1`,
    );
    expect(functions.map(({ name }) => name)).toEqual([
      'ledger_expire',
      'ledger_lapsed',
      'ledger_move_expiry',
      'ledger_post',
      'ledger_set_budget',
      'ledger_unbooked',
    ]);
  });

  test('it cannot slip a table of its own under the functions', async () => {
    await expect(rawSql(database.url, 'CREATE TABLE public.ledger_balances_2 (id int)')).rejects.toThrow(
      /permission denied/,
    );
  });

  test('it cannot have ledger_post write legs that do not sum to zero', async () => {
    const posting = {
      key: 'one-legged',
      intent: 'grant',
      unit: 'USD',
      occurred_at_ms: 0,
      legs: [{ account: 'budget', amount: '-5' }],
    };
    const attack = rawSql(database.url, 'SELECT ledger_post($1, $2)', [
      fixture.programId,
      JSON.stringify([posting]),
    ]);
    await expect(attack).rejects.toThrow(/sum to zero/);
    expect(await database.db.ledgerTransaction.count({ where: { key: 'one-legged' } })).toBe(0);
  });
});

describe('what even the owner of the tables cannot do', () => {
  test.each(APPEND_ONLY)('change, remove or truncate what is posted in %s', async (table) => {
    const column = table === 'ledger_transactions' ? 'intent' : 'amount_minor';
    for (const attack of [
      `UPDATE ${table} SET ${column} = ${column}`,
      `DELETE FROM ${table}`,
      `TRUNCATE ${table} CASCADE`,
    ]) {
      await expect(rawSql(database.ownerUrl, attack)).rejects.toThrow(/append-only/);
    }
  });

  test.each([
    [
      'one that balances nothing',
      `INSERT INTO ledger_entries
       SELECT account_id, version + 1000, transaction_id, 7, 7 FROM ledger_entries LIMIT 1`,
    ],
    [
      'two that sum to zero',
      `INSERT INTO ledger_entries SELECT account_id, version + 1000, transaction_id, amount, 7
       FROM (SELECT * FROM ledger_entries LIMIT 1) AS e, (VALUES (7), (-7)) AS legs (amount)`,
    ],
    [
      'two that sum to zero only across two units',
      `WITH other AS (INSERT INTO ledger_accounts (program_id, unit, kind)
         SELECT id, 'EUR', 'budget' FROM programs RETURNING id)
       INSERT INTO ledger_entries
       SELECT account_id, 1001, transaction_id, 7, 7 FROM (SELECT * FROM ledger_entries LIMIT 1) e
       UNION ALL SELECT other.id, 1, (SELECT max(id) FROM ledger_transactions), -7, -7 FROM other`,
    ],
    [
      'two of an account that is not on record',
      `INSERT INTO ledger_entries
       SELECT 1000000, version, (SELECT max(id) FROM ledger_transactions), amount, amount
       FROM (VALUES (1, 7), (2, -7)) AS legs (version, amount)`,
    ],
  ])('insert entries by hand: %s', async (_what, attack) => {
    await expect(rawSql(database.ownerUrl, attack)).rejects.toThrow(/written by ledger_post alone/);
  });

  test.each([
    [
      'a balance below its floor',
      `UPDATE ledger_balances b SET balance_minor = -1 FROM ledger_accounts a
       WHERE a.id = b.account_id AND a.kind = 'available'`,
    ],
    ['a lot that holds more than it ever had', 'UPDATE ledger_lots SET remaining_minor = amount_minor + 1'],
    ['a lot that holds less than nothing', 'UPDATE ledger_lots SET remaining_minor = -1'],
    [
      'a member account without a member',
      `INSERT INTO ledger_accounts (program_id, unit, kind) SELECT id, 'EUR', 'available' FROM programs`,
    ],
    [
      'an account of a member of another program',
      `INSERT INTO ledger_accounts (program_id, unit, kind, member_id)
       SELECT p.id, 'EUR', 'available', gen_random_uuid() FROM programs p`,
    ],
    [
      'two accounts of one kind',
      `INSERT INTO ledger_accounts (program_id, unit, kind, member_id)
       SELECT program_id, unit, kind, member_id FROM ledger_accounts`,
    ],
    [
      'two transactions under one key',
      `INSERT INTO ledger_transactions (program_id, key, request_hash, intent, occurred_at)
       SELECT program_id, key, request_hash, intent, now() FROM ledger_transactions`,
    ],
  ])('store %s', async (_what, attack) => {
    await expect(rawSql(database.ownerUrl, attack)).rejects.toThrow(/violates/);
  });
});

test('a budget cannot be set below what has been granted', async () => {
  const set = (cap_minor: bigint | null) =>
    database.db.$transaction((tx) => setBudget(tx, fixture.programId, 'USD', cap_minor));
  expect(await set(99n)).toMatchObject({ ok: false, code: 'floor_reached' });
  expect(await set(100n)).toMatchObject({ ok: true });
  expect(await set(null)).toMatchObject({ ok: true });
});
