import pg from 'pg';
import { expect, test } from 'vitest';
import { setBudget } from '../../ledger/post.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { grantTo } from '../../tests/support/engage.ts';
import { waitersIn } from '../../tests/support/held.ts';
import { playMerges } from '../../tests/support/merges.ts';
import { patientActivities } from '../../tests/support/patient.ts';
import { at, useActivities } from '../../tests/support/play.ts';
import { fixedPolicy, seedEvent, usd } from '../../tests/support/seed.ts';

const database = useDatabase({ isProved: true });
// Of two that wait for each other PostgreSQL stops one, which is tried again.
const activities = patientActivities(useActivities(database));
const open = () => playMerges(database, activities, fixedPolicy(1_000n, 0));

/**
 * Carries a merge out up to its commit, which waits for a balance that this locks; runs
 * `beside` until it waits for the merge; then lets the merge commit.
 */
async function besideMerge<T>(
  { programId }: Awaited<ReturnType<typeof open>>,
  merging: () => Promise<unknown>,
  holderId: string,
  beside: () => Promise<T>,
): Promise<T> {
  const [holder, watcher] = [1, 2].map(() => new pg.Client({ connectionString: database.ownerUrl }));
  if (holder === undefined || watcher === undefined) throw new Error('two clients are made');
  await Promise.all([holder.connect(), watcher.connect()]);
  try {
    await holder.query('BEGIN');
    // The merge moves balances last: it waits here with all else written.
    const held = await holder.query(
      'SELECT 1 FROM ledger_balances WHERE program_id = $1 AND label = $2 FOR UPDATE',
      [programId, `0:USD:available:${holderId}`],
    );
    expect(held.rowCount).toBe(1);
    const merge = merging();
    await waitersIn(watcher, 1);
    const result = beside();
    await waitersIn(watcher, 2);
    await holder.query('COMMIT');
    await merge;
    return await result;
  } finally {
    await Promise.all([holder.end(), watcher.end()]);
  }
}

test('a purchase that waits for the merge of its referrer counts for the one who stays', async () => {
  const played = await open();
  const { program, ann, anna, wordOf, memberOf } = played;
  for (const name of ['bob', 'cat']) await program.signUp(name, { code: anna.code });
  await program.act('bob', { value: usd(9_900n) });
  const ref = await wordOf(anna.id, ann.id, 1);
  const bought = await besideMerge(
    played,
    () => activities.decideMember(ref),
    anna.id,
    () => program.act('cat', { value: usd(9_900n), at: at(1) }),
  );
  expect(bought.outcome).toMatchObject({ decision: 'accepted', rewards: [{ granted: true }] });
  expect(await memberOf(ann.id)).toMatchObject({ qualifiedReferrals: 2 });
  expect(await program.balance(ann.id, at(2))).toMatchObject({ available_minor: 2_000n });
});

test('a refund that waits for the merge of its member finds the purchase of the old account', async () => {
  const played = await open();
  const { program, db, programId, ann, anna, wordOf } = played;
  const eve = await program.member('eve');
  const fay = await program.signUp('fay', { code: anna.code });
  expect(fay.outcome.decision).toBe('accepted');
  await program.act('fay', { value: usd(9_900n) });
  await program.signUp('anna', { code: eve.code });
  const order = await program.act('anna', { value: usd(9_900n) });
  const ref = await wordOf(anna.id, ann.id, 1);
  const refund = await besideMerge(
    played,
    () => activities.decideMember(ref),
    anna.id,
    () => program.refund('anna', order.key, { at: at(1) }),
  );
  expect(refund.outcome).toMatchObject({ decision: 'accepted' });
  expect(await program.balance(eve.id, at(2))).toMatchObject({ available_minor: 0n });
  expect(await db.event.count({ where: { programId, subject: 'anna' } })).toBe(0);
});

test('an erasure of the one who stays that waits for the merge takes both accounts', async () => {
  const play = await open();
  const { program, programId, db, ann, anna, merge, memberOf } = play;
  await program.signUp('bob', { code: anna.code });
  await program.act('bob', { value: usd(9_900n) });
  const payload = { actor: 'key:1', reason: 'request', badges: 'revoke' };
  const { id } = await seedEvent(db, programId, { type: 'member.erased', payload, at: at(2) });
  const ref = { programId, memberId: ann.id, eventIds: [id], now_ms: at(2).getTime() };
  const merging = () => merge(anna.id, ann.id, 1);
  await besideMerge(play, merging, anna.id, () => activities.decideMember(ref));
  const { outcome } = await db.event.findUniqueOrThrow({ where: { programId_id: { programId, id } } });
  expect(outcome).toMatchObject({ decision: 'accepted', erasure: { rows: { members: 2 } } });
  for (const { id: account } of [ann, anna]) {
    expect(await memberOf(account)).toMatchObject({ externalId: `erased-${account}` });
  }
  expect(await program.balance(ann.id, at(3))).toMatchObject({ available_minor: 1_000n });
});

test('what is granted again while its referrer is merged is of the one who stays', async () => {
  const play = await playMerges(database, activities, fixedPolicy(1_000n, 0, { budget: usd(500n) }));
  const { program, programId, db, ann, anna, merge } = play;
  await grantTo(db, { programId, memberId: anna.id, key: 'own', hold_days: 0 });
  await program.signUp('bob', { code: anna.code });
  await program.act('bob', { value: usd(9_900n) });
  await db.$transaction((tx) => setBudget(tx, programId, 'USD', 10_000n));
  const merging = () => merge(anna.id, ann.id, 1);
  const granted = await besideMerge(play, merging, anna.id, () => program.grantAgain('bob', { at: at(2) }));
  expect(granted.outcome).toMatchObject({ decision: 'accepted', rewards: [{ granted: true }] });
  expect(await program.balance(ann.id, at(3))).toMatchObject({ available_minor: 1_500n });
  expect(await program.balance(anna.id, at(3))).toMatchObject({ available_minor: 0n });
});
