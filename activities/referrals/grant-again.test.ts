import { expect, test } from 'vitest';
import { rawSql } from '../../tests/support/ledger.ts';
import { at, footprint } from '../../tests/support/play.ts';
import { fixed, useRefused } from '../../tests/support/refused.ts';
import { testRule, usd } from '../../tests/support/seed.ts';

const { database, open } = useRefused();

test('what the budget refused is granted once it has room, on hold as of the action’s own time', async () => {
  const { program, ann, raise, outcome, refusedNow } = await open([
    testRule({ benefit: fixed(500n), hold_days: 10, expires_days: 5 }),
  ]);
  expect(outcome).toMatchObject({ rewards: [{ granted: false, code: 'budget_exhausted' }] });
  expect(await refusedNow()).toMatchObject([
    {
      refused: { memberId: ann.id, ruleId: 'thanks', policyVersion: 1, unit: 'USD', amountMinor: 500n },
      rewardId: null,
      judgement: { ok: true, value: { amount_minor: 500n, refunded_minor: 0n } },
    },
  ]);
  await raise(500n);
  const again = await program.grantAgain('bob', { at: at(3) });
  expect(again.outcome).toMatchObject({
    decision: 'accepted',
    rewards: [{ ruleId: 'thanks', recipient: 'referrer', granted: true, amount: { minor: '500' } }],
  });
  expect(again.snapshot).toMatchObject({ matures_at_ms: at(10).getTime(), rewards: { held: 1 } });
  const reward = await program.db.reward.findFirstOrThrow({ where: { programId: program.id } });
  expect(reward).toMatchObject({ grantedAt: at(0), maturesAt: at(10), expiresAt: at(15), status: 'held' });
  expect(reward.trace).toMatchObject({ note: 'the budget is higher', granted_again: { command: again.id } });
  const told = await program.db.outbox.findMany({
    where: { programId: program.id, type: 'reward.granted' },
  });
  expect(told).toMatchObject([{ members: [ann.id], payload: { rewardId: reward.id, ruleId: 'thanks' } }]);
  expect(await refusedNow()).toMatchObject([
    { rewardId: reward.id, judgement: { ok: false, code: 'already_resolved' } },
  ]);
  await program.mature('bob', at(10).getTime());
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 500n });
});

test('without room it is refused again, changes nothing, and stays on the list', async () => {
  const { program, codes, raise } = await open([testRule({ benefit: fixed(500n) })]);
  await raise(499n);
  const before = await footprint(program.db, program.id);
  const { outcome, snapshot } = await program.grantAgain('bob', { at: at(1) });
  expect(outcome).toMatchObject({ decision: 'refused', code: 'budget_exhausted' });
  expect(snapshot).toMatchObject({ stage: 'rewarded', rewards: { held: 0, available: 0 } });
  // That the new budget is too small is told.
  expect(await footprint(program.db, program.id)).toEqual({ ...before, outbox: before.outbox + 2 });
  expect(await codes()).toEqual([500n]);
  await raise(500n);
  expect((await program.grantAgain('bob', { at: at(2) })).outcome).toMatchObject({ decision: 'accepted' });
});

test('a word that is handed over again, and a second word, grant nothing more', async () => {
  const { program, ann, raise } = await open([testRule({ benefit: fixed(500n) })]);
  await raise(10_000n);
  const first = await program.grantAgain('bob', { at: at(1) });
  const before = await footprint(program.db, program.id);
  expect(await program.again(first, 'bob', at(1).getTime())).toEqual(first);
  const second = await program.grantAgain('bob', { at: at(2) });
  expect(second.outcome).toMatchObject({ decision: 'refused', code: 'already_resolved' });
  expect(await footprint(program.db, program.id)).toEqual(before);
  expect(await program.netRewards(ann.id)).toBe(500n);
});

test('of two words at once one grants', async () => {
  const { program, ann, raise } = await open([testRule({ benefit: fixed(500n) })]);
  await raise(10_000n);
  const words = await Promise.all([1, 2, 3].map((day) => program.grantAgain('bob', { at: at(day) })));
  const came = words.map(({ outcome }) => outcome.code ?? outcome.decision);
  expect(came.sort()).toEqual(['accepted', 'already_resolved', 'already_resolved']);
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 500n });
});

test('words at once on two referrals spend the last of the budget once', async () => {
  const { program, ann, raise, refer } = await open([testRule({ benefit: fixed(500n) })]);
  await refer('cat', 1);
  await raise(999n);
  const words = await Promise.all(['bob', 'cat'].map((who) => program.grantAgain(who, { at: at(2) })));
  const came = words.map(({ outcome }) => outcome.code ?? outcome.decision);
  expect(came.sort()).toEqual(['accepted', 'budget_exhausted']);
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 500n });
});

test('a transaction that ends at its last statement grants nothing, and its repeat grants once', async () => {
  const { program, ann, raise } = await open([testRule({ benefit: fixed(500n) })]);
  await raise(500n);
  await rawSql(
    database.ownerUrl,
    `CREATE FUNCTION killed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'killed'; END $$;
     CREATE TRIGGER killed BEFORE INSERT ON rewards FOR EACH ROW EXECUTE FUNCTION killed()`,
  );
  const before = await footprint(program.db, program.id);
  await expect(program.grantAgain('bob', { at: at(1) })).rejects.toThrow();
  expect(await footprint(program.db, program.id)).toEqual(before);
  await rawSql(database.ownerUrl, 'DROP TRIGGER killed ON rewards; DROP FUNCTION killed()');
  const { id } = await program.db.event.findFirstOrThrow({
    where: { programId: program.id, type: 'reward.granted_again' },
  });
  const again = await program.again({ id }, 'bob', at(1).getTime());
  expect(again.outcome).toMatchObject({ decision: 'accepted' });
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 500n });
});

test('the rewards of one rule count against its cap in their order', async () => {
  const cap = { amount: usd(150n), count: null, period_days: 30 };
  const { program, ann, raise, refer, codes } = await open([testRule({ cap })]);
  await refer('cat', 1);
  await refer('dan', 2);
  await refer('eve', 40);
  await raise(10_000n);
  for (const who of ['bob', 'cat', 'dan', 'eve']) await program.grantAgain(who, { at: at(50) });
  expect(await codes()).toEqual(['already_resolved', 'already_resolved', 'cap_reached', 'already_resolved']);
  const rewards = await program.db.reward.findMany({
    where: { programId: program.id },
    orderBy: { grantedAt: 'asc' },
  });
  expect(rewards.map(({ amountMinor }) => amountMinor)).toEqual([100n, 50n, 100n]);
  expect(await program.netRewards(ann.id)).toBe(250n);
});

test('who is blocked is granted nothing until the block ends', async () => {
  const { program, ann, raise, codes } = await open([testRule({ benefit: fixed(500n) })]);
  await raise(500n);
  const where = { programId_id: { programId: program.id, id: ann.id } };
  await program.db.member.update({ where, data: { blockedAt: at(1), blockedReason: 'fraud' } });
  expect(await codes()).toEqual(['member_blocked']);
  const { outcome } = await program.grantAgain('bob', { at: at(1) });
  expect(outcome).toMatchObject({ decision: 'refused', code: 'member_blocked' });
  await program.db.member.update({ where, data: { blockedAt: null, blockedReason: null } });
  expect((await program.grantAgain('bob', { at: at(2) })).outcome).toMatchObject({ decision: 'accepted' });
});

test('a referral that was cancelled is granted nothing', async () => {
  const { program, ann, raise, codes } = await open([testRule({ benefit: fixed(500n) })]);
  await raise(500n);
  await program.cancel('bob', { at: at(1) });
  expect(await codes()).toEqual(['referral_ended']);
  const { outcome } = await program.grantAgain('bob', { at: at(2) });
  expect(outcome).toMatchObject({ decision: 'refused', code: 'referral_ended' });
  expect(await program.netRewards(ann.id)).toBe(0n);
});

test('a referral that closed is granted what is due, and pays it once its hold has passed', async () => {
  const { program, ann, raise } = await open([testRule({ benefit: fixed(500n), hold_days: 10 })]);
  expect((await program.end('bob', at(400).getTime())).stage).toBe('closed');
  await raise(500n);
  const { outcome, snapshot } = await program.grantAgain('bob', { at: at(401) });
  expect(outcome).toMatchObject({ decision: 'accepted', stage: 'closed' });
  expect(snapshot).toMatchObject({ stage: 'closed', matures_at_ms: null, rewards: { available: 1 } });
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 500n });
});

test('what is granted long after its hold may be spent for all the days that its rule gives', async () => {
  const { program, ann, raise } = await open([testRule({ benefit: fixed(500n), expires_days: 5 })]);
  await raise(500n);
  await program.grantAgain('bob', { at: at(100) });
  expect(await program.balance(ann.id, at(104))).toMatchObject({ available_minor: 500n });
  expect(await program.balance(ann.id, at(106))).toMatchObject({ available_minor: 0n });
});

test('in a paused program a word waits', async () => {
  const { program, raise } = await open([testRule({ benefit: fixed(500n) })]);
  await raise(500n);
  const pause = (status: 'paused' | 'live') =>
    program.db.program.update({ where: { id: program.id }, data: { status } });
  await pause('paused');
  const word = await program.grantAgain('bob', { at: at(1) });
  expect(word).toMatchObject({ state: 'waiting', outcome: null });
  await pause('live');
  const { outcome } = await program.again(word, 'bob', at(2).getTime());
  expect(outcome).toMatchObject({ decision: 'accepted' });
});

test('both sides of a referral, and a signup, are granted each what they were refused', async () => {
  const { program, ann, raise, codes } = await open([
    testRule({ id: 'hello', recipient: 'referred', trigger: { on: 'signed_up' }, benefit: fixed(70n) }),
    testRule({ id: 'thanks', benefit: fixed(500n) }),
  ]);
  expect(await codes()).toEqual([70n, 500n]);
  await raise(570n);
  await program.grantAgain('bob', { ruleId: 'hello', at: at(1) });
  await program.grantAgain('bob', { ruleId: 'thanks', at: at(1) });
  const bob = await program.db.member.findFirstOrThrow({
    where: { programId: program.id, externalId: 'bob' },
  });
  expect(await program.netRewards(bob.id)).toBe(70n);
  expect(await program.netRewards(ann.id)).toBe(500n);
});
