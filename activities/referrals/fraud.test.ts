import { expect, test } from 'vitest';
import { useDatabase } from '../../tests/support/database.ts';
import { at, DAY_MS, playProgram, T0_MS, useActivities } from '../../tests/support/play.ts';
import { fixedPolicy, testPolicy, testRule, usd } from '../../tests/support/seed.ts';

const database = useDatabase();
const activities = useActivities(database);

async function open(policy = fixedPolicy(500n, 30)) {
  const program = await playProgram(database, activities, policy);
  return { program, ann: await program.member('ann', 'ann@example.org') };
}

/** A disposable address is reviewed under the built-in policy. */
const DOUBTFUL = 'someone@mailinator.com';

test('a signup from the referrer’s own mailbox is rejected for good, as are later actions', async () => {
  const { program, ann } = await open();
  const signup = await program.signUp('bob', { code: ann.code, email: 'ann+friend@example.org' });
  expect(signup.outcome).toMatchObject({ decision: 'refused', code: 'fraud_denied', stage: 'rejected' });
  expect(signup.snapshot).toMatchObject({ stage: 'rejected', verdict: 'deny' });
  const { outcome } = await program.act('bob', { value: usd(5_000n) });
  expect(outcome).toMatchObject({ decision: 'refused', code: 'referral_ended' });
  expect(await program.netRewards(ann.id)).toBe(0n);
});

test('a doubtful signup goes to review and earns nothing while it is there', async () => {
  const { program, ann } = await open(testPolicy({ rules: [testRule({ trigger: { on: 'signed_up' } })] }));
  const { snapshot, outcome } = await program.signUp('bob', { code: ann.code, email: DOUBTFUL });
  expect(snapshot).toMatchObject({ stage: 'in_review', verdict: 'review' });
  expect(outcome).toMatchObject({ decision: 'accepted', stage: 'in_review', rewards: [] });
  expect(await program.netRewards(ann.id)).toBe(0n);
});

test('an action during review waits, and is decided after the approval', async () => {
  const { program, ann } = await open();
  await program.signUp('bob', { code: ann.code, email: DOUBTFUL });
  const purchase = await program.act('bob', { value: usd(5_000n) });
  expect(purchase).toMatchObject({ state: 'waiting', snapshot: { stage: 'in_review' } });
  const approval = await program.review('bob', 'approved');
  expect(approval.outcome).toMatchObject({ decision: 'accepted', stage: 'signed_up' });
  const waiting = await program.db.event.findFirstOrThrow({ where: { id: purchase.id } });
  expect(waiting.dueAt.getTime()).toBeLessThanOrEqual(Date.now());
  const decided = await program.again(purchase, 'bob');
  expect(decided.outcome).toMatchObject({ decision: 'accepted', stage: 'qualified' });
});

test('an action during review is refused after the rejection', async () => {
  const { program, ann } = await open();
  await program.signUp('bob', { code: ann.code, email: DOUBTFUL });
  const purchase = await program.act('bob');
  await program.review('bob', 'rejected');
  const decided = await program.again(purchase, 'bob');
  expect(decided.outcome).toMatchObject({ decision: 'refused', code: 'referral_ended' });
  expect(decided.snapshot).toMatchObject({ stage: 'rejected', reason: 'operator_refused' });
});

test('a review that nobody ends expires, and what waited for it is looked at again at once', async () => {
  const { program, ann } = await open();
  await program.signUp('bob', { code: ann.code, email: DOUBTFUL });
  const purchase = await program.act('bob');
  expect(await program.end('bob', T0_MS + 90 * DAY_MS)).toMatchObject({ stage: 'expired' });
  const waiting = await program.db.event.findFirstOrThrow({ where: { id: purchase.id } });
  expect(waiting.dueAt.getTime()).toBeLessThanOrEqual(Date.now());
  expect((await program.again(purchase, 'bob')).outcome).toMatchObject({ code: 'referral_ended' });
});

test('an approval grants what the signup would have earned, as of the signup', async () => {
  const { program, ann } = await open(
    testPolicy({ rules: [testRule({ trigger: { on: 'signed_up' }, hold_days: 10 })] }),
  );
  await program.signUp('bob', { code: ann.code, email: DOUBTFUL });
  const { snapshot } = await program.review('bob', 'approved', { at: at(3) });
  expect(snapshot).toMatchObject({ stage: 'signed_up', matures_at_ms: T0_MS + 10 * DAY_MS });
  expect(await program.balance(ann.id)).toMatchObject({ pending_minor: 100n });
});

test('a second word on a review is refused and changes nothing', async () => {
  const { program, ann } = await open();
  await program.signUp('bob', { code: ann.code, email: DOUBTFUL });
  await program.review('bob', 'approved');
  expect((await program.review('bob', 'rejected')).outcome).toMatchObject({ code: 'stage_forbids' });
  const sure = await open();
  await sure.program.signUp('bob', { code: sure.ann.code });
  expect((await sure.program.review('bob', 'approved')).outcome).toMatchObject({ code: 'stage_forbids' });
});

test('the 21st signup of one referrer within an hour goes to review', async () => {
  const { program, ann } = await open();
  for (let n = 1; n <= 20; n += 1) {
    const { snapshot } = await program.signUp(`m${n}`, { code: ann.code });
    expect(snapshot.stage).toBe('signed_up');
  }
  expect((await program.signUp('m21', { code: ann.code })).snapshot.stage).toBe('in_review');
  expect((await program.signUp('m22', { code: ann.code }, { at: at(8) })).snapshot.stage).toBe('signed_up');
});

test('earlier referrals from the same browser count against a signup', async () => {
  const { program, ann } = await open();
  const visitorId = crypto.randomUUID();
  await program.signUp('bob', { code: ann.code, visitorId });
  const { snapshot, outcome } = await program.signUp('cat', { code: ann.code, visitorId }, { at: at(1) });
  expect(snapshot.stage).toBe('in_review');
  expect(JSON.stringify(outcome.trace)).toContain('same_visitor');
});
