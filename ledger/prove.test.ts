import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { grantPosting, maturePosting, releasePosting, reservePosting } from '../domain/ledger/postings.ts';
import { type TestDatabase, testDatabase, useDatabase } from '../tests/support/database.ts';
import { common, createFixture, NOW_MS, rawSql } from '../tests/support/ledger.ts';
import { expiredLots } from './expiry.ts';
import { prove } from './prove.ts';
import type { CheckName } from './prove-claims.ts';
import { describeProof } from './prove-report.ts';

const GUARDS_OFF = 'SET session_replication_role = replica;';

/** A small ledger in which everything has happened that a check looks at. */
async function populated(): Promise<TestDatabase> {
  const database = await testDatabase();
  const { member, give, post, postings } = await createFixture(database.db);
  await give(100n);
  await post(grantPosting({ ...common('grant:held', 40n, member), held: true, lot_expires_at_ms: null }));
  await post(
    maturePosting({ ...common('mature:held', 40n, member), hold: 'grant:held', lot_expires_at_ms: null }),
  );
  await post(reservePosting(common('reserve:a', 30n, member)));
  await post(releasePosting({ ...common('release:a', 30n, member), reserve: 'reserve:a' }));
  await give(9n, { key: 'lapsing', expires_at_ms: NOW_MS });
  for (const { posting } of await expiredLots(database.db, new Date(NOW_MS), 1)) await post(posting);
  await post(postings.reverse('reverse:lapsing', 5n, 'lapsing', false));
  return database;
}

const available = `(SELECT id FROM ledger_accounts WHERE kind = 'available')`;
const insertTransaction = `
  INSERT INTO ledger_transactions (program_id, key, request_hash, intent, resolves_id, occurred_at)`;

/** What somebody with all rights could do by hand, and the check that must find it. */
const TAMPERINGS: readonly (readonly [CheckName, string, string])[] = [
  [
    'consistent',
    'a balance edited by hand',
    `UPDATE ledger_balances SET balance_minor = balance_minor + 1 WHERE account_id = ${available}`,
  ],
  [
    'conserved',
    'a balance edited by hand',
    `UPDATE ledger_balances SET balance_minor = balance_minor + 1 WHERE account_id = ${available}`,
  ],
  [
    'consistent',
    'a balance removed',
    `${GUARDS_OFF} DELETE FROM ledger_balances WHERE account_id = ${available}`,
  ],
  [
    'balanced',
    'an amount edited',
    `${GUARDS_OFF} UPDATE ledger_entries SET amount_minor = amount_minor + 1
     WHERE account_id = ${available} AND version = 1`,
  ],
  [
    'appendOnly',
    'an entry removed',
    `${GUARDS_OFF} DELETE FROM ledger_entries WHERE account_id = ${available} AND version = 1`,
  ],
  [
    'appendOnly',
    'a transaction whose entries are gone',
    `${GUARDS_OFF} DELETE FROM ledger_entries
     WHERE transaction_id = (SELECT max(id) FROM ledger_transactions)`,
  ],
  [
    'appendOnly',
    'a guard switched off',
    'ALTER TABLE ledger_entries DISABLE TRIGGER ledger_entries_append_only',
  ],
  [
    'appendOnly',
    'a guard against entries that nobody posted switched off',
    'ALTER TABLE ledger_entries DISABLE TRIGGER ledger_entries_posted',
  ],
  ['appendOnly', 'a right given away', 'GRANT UPDATE ON ledger_balances TO referral_app'],
  [
    'noOverdraft',
    'a floor lowered',
    `UPDATE ledger_balances SET floor_minor = -1000 WHERE account_id = ${available}`,
  ],
  [
    'noOverdraft',
    'a history that went below zero',
    `${GUARDS_OFF} UPDATE ledger_entries SET amount_minor = -amount_minor
     WHERE account_id = ${available} AND version = 1`,
  ],
  [
    'holdsResolveOnce',
    'a hold resolved twice',
    `DROP INDEX ledger_transactions_resolves_id_key; ${insertTransaction}
     SELECT program_id, 'twice', 'x', intent, resolves_id, now()
     FROM ledger_transactions WHERE key = 'mature:held'`,
  ],
  [
    'holdsResolveOnce',
    'a hold resolved by what cannot resolve it',
    `${insertTransaction} SELECT program_id, 'wrong', 'x', 'settle', id, now()
     FROM ledger_transactions WHERE key LIKE 'grant:%' AND key <> 'grant:held'`,
  ],
  [
    'lotsMatch',
    'a lot edited',
    `UPDATE ledger_lots SET remaining_minor = remaining_minor - 1
     WHERE id = (SELECT min(id) FROM ledger_lots)`,
  ],
  [
    'lotsMatch',
    'a lot that expires before its balance says so',
    `UPDATE ledger_lots SET expires_at = now() WHERE id = (SELECT max(id) FROM ledger_lots WHERE open)`,
  ],
  [
    'lotsMatch',
    'an allocation removed',
    `${GUARDS_OFF} DELETE FROM ledger_allocations WHERE amount_minor < 0`,
  ],
  [
    'consistent',
    'a balance that a posting would find under the name of another',
    `UPDATE ledger_balances SET label = label || '0' WHERE account_id = ${available}`,
  ],
  [
    'lotsMatch',
    'a use of a lot that was not counted',
    'UPDATE ledger_lots SET uses = uses + 1 WHERE id = (SELECT min(id) FROM ledger_lots)',
  ],
  [
    'appendOnly',
    'entries of a transaction that is not on record',
    `${GUARDS_OFF} UPDATE ledger_entries SET transaction_id = 1000
     WHERE transaction_id = (SELECT min(id) FROM ledger_transactions)`,
  ],
  [
    'appendOnly',
    'entries of an account that is not on record',
    `${GUARDS_OFF} INSERT INTO ledger_entries VALUES (1000, 1, 1, 7, 7)`,
  ],
  [
    'appendOnly',
    'a lot of an account that is not on record',
    `INSERT INTO ledger_lots (account_id, transaction_id, amount_minor, remaining_minor)
     VALUES (1000, 1, 7, 7)`,
  ],
  [
    'appendOnly',
    'a use of a lot that is not on record',
    'INSERT INTO ledger_allocations VALUES (1000, 1, 7)',
  ],
  [
    'originsMatch',
    'a lot that is said to come of another grant',
    `UPDATE ledger_lots SET origin_id = (SELECT id FROM ledger_transactions WHERE key = 'lapsing')
     WHERE id = (SELECT min(id) FROM ledger_lots)`,
  ],
  [
    'originsMatch',
    'a grant of which more is revived than lapsed',
    `${GUARDS_OFF} UPDATE ledger_lots SET expired_minor = 4 WHERE expired_minor = 9`,
  ],
  [
    'originsMatch',
    'what is revived of no grant',
    `${GUARDS_OFF} UPDATE ledger_transactions SET origin_id = NULL WHERE intent = 'revive'`,
  ],
  [
    'lotsMatch',
    'an expiry that a lot knows nothing of',
    'UPDATE ledger_lots SET expired_minor = 10 WHERE expired_minor = 9',
  ],
  [
    'keysUnique',
    'a key posted twice',
    `DROP INDEX ledger_transactions_program_id_key_key; ${insertTransaction}
     SELECT program_id, key, 'x', intent, NULL, now() FROM ledger_transactions WHERE key = 'grant:held'`,
  ],
];

describe('the prover finds', () => {
  test.each(TAMPERINGS)('%s: %s', async (check, _what, tampering) => {
    const database = await populated();
    try {
      expect((await prove(database.url)).ok).toBe(true);
      await rawSql(database.ownerUrl, tampering);
      const proof = await prove(database.url);
      const result = proof.checks.find(({ name }) => name === check);
      expect(proof.ok).toBe(false);
      expect(result?.ok).toBe(false);
      expect(result?.counterexamples.length).toBeGreaterThan(0);
    } finally {
      await database.drop();
    }
  });
});

describe('rewards on record against the ledger', () => {
  const database = useDatabase();
  test('a reward that was granted is matched, and one that was not is found', async () => {
    const { programId, member, give } = await createFixture(database.db);
    const rewardId = randomUUID();
    await give(100n, { key: `grant:${rewardId}` });
    const insert = (id: string) =>
      rawSql(
        database.ownerUrl,
        `${GUARDS_OFF} INSERT INTO rewards (program_id, id, key, referral_id, member_id, event_id,
           rule_id, policy_version, kind, unit,
          amount_minor, status, granted_at, matures_at, trace)
          VALUES ('${programId}', '${id}', '${id}', '${id}', '${member}', '${id}',
          'r', 1, 'credit', 'USD', 100, 'available', now(), now(), '{}')`,
      );
    await insert(rewardId);
    expect((await prove(database.url)).ok).toBe(true);
    await insert(randomUUID());
    const proof = await prove(database.url, { programId });
    expect(proof.checks.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual(['rewardsMatch']);
    const other = await createFixture(database.db);
    expect((await prove(database.url, { programId: other.programId })).ok).toBe(true);
  });
});

test('the prover writes nothing and holds nobody up: others post while it reads', async () => {
  const database = await populated();
  try {
    const { give } = await createFixture(database.db);
    const [proof] = await Promise.all([prove(database.url), give(5n), give(6n)]);
    expect(proof.ok).toBe(true);
  } finally {
    await database.drop();
  }
});

test('the report names what is off, with a counterexample', async () => {
  const database = await populated();
  try {
    await rawSql(
      database.ownerUrl,
      `UPDATE ledger_balances SET balance_minor = balance_minor + 1 WHERE account_id = ${available}`,
    );
    const report = describeProof(await prove(database.url));
    expect(report).toContain('✓ balanced');
    expect(report).toMatch(/✗ consistent .*\(1 wrong\)/);
    expect(report).toContain('The ledger is NOT in order');
  } finally {
    await database.drop();
  }
});
