import { expect, test } from 'vitest';
import { useDatabase } from '../../tests/support/database.ts';
import { at, footprint, playProgram, useActivities } from '../../tests/support/play.ts';
import { count, doAct, pointsOf, pointsPolicy } from '../../tests/support/points.ts';
import { fixedPolicy, publishPolicy, testPolicy, testRule, usd } from '../../tests/support/seed.ts';

const database = useDatabase({ isProved: true });
const activities = useActivities(database);
const TYPO = { code: 'nosuch2' };

async function open(policy = fixedPolicy(500n, 0)) {
  const program = await playProgram(database, activities, policy);
  const ann = await program.member('ann');
  const eventOf = (id: string) => program.db.event.findFirstOrThrow({ where: { programId: program.id, id } });
  return { program, ann, eventOf };
}

test('a signup is attributed by the rules of its time, and earns what it would have earned', async () => {
  const welcome = testRule({
    id: 'welcome',
    recipient: 'referred',
    trigger: { on: 'signed_up' },
    benefit: { kind: 'fixed', amount: usd(100n) },
    hold_days: 0,
  });
  const { program, ann } = await open(testPolicy({ rules: [welcome] }));
  const signup = await program.signUp('bob', TYPO);
  const { db, id: programId } = program;
  await publishPolicy(db, programId, fixedPolicy(900n, 0), 2);
  const { outcome, snapshot } = await program.attribute('bob', signup, ann.id, { at: at(3) });
  expect(outcome).toMatchObject({
    decision: 'accepted',
    stage: 'signed_up',
    rewards: [{ granted: true, amount: { minor: '100' } }],
    trace: { attributed_by: 'operator', considered: [{ by: 'operator' }] },
  });
  expect(snapshot).toMatchObject({ policy_version: 1, referrer_id: ann.id });
  const referral = await db.referral.findFirstOrThrow({ where: { programId } });
  expect(referral.signedUpAt).toEqual(at(0));
});

test('what was bought and refunded since is decided anew, and comes to what it would have', async () => {
  const { program, ann, eventOf } = await open();
  const signup = await program.signUp('bob', TYPO);
  const first = await program.act('bob', { key: 'first', at: at(1) });
  const second = await program.act('bob', { key: 'second', at: at(2) });
  const refund = await program.refund('bob', 'first', { at: at(3) });
  expect(first.outcome).toMatchObject({ code: 'not_referred' });
  await program.attribute('bob', signup, ann.id, { at: at(4) });
  for (const { id } of [first, second, refund]) {
    expect(await eventOf(id)).toMatchObject({ state: 'pending', outcome: null, workflowId: null });
  }
  for (const event of [first, second, refund]) await program.again(event, 'bob', at(4).getTime());
  const { qualifyingEventId } = await program.db.referral.findFirstOrThrow({
    where: { programId: program.id },
  });
  expect(qualifyingEventId).toBe(second.id);
  expect(await program.netRewards(ann.id)).toBe(500n);
});

test('actions that earned the member points before earn them once', async () => {
  const { program, ann } = await open(
    pointsPolicy({}, { qualification: { ...fixedPolicy(1n, 0).qualification, event: 'contribution' } }),
  );
  const signup = await program.signUp('bob', TYPO);
  const bob = { ...(await program.member('bob')), externalId: 'bob' };
  const earned = await doAct(program, bob, { at: at(1) });
  expect(await pointsOf(program, bob.id)).toMatchObject({ lifetime: 10 });
  await program.attribute('bob', signup, ann.id, { at: at(2) });
  const { outcome } = await program.again(earned, 'bob', at(2).getTime());
  expect(outcome).toMatchObject({ decision: 'accepted', rewards: [{ granted: true }] });
  await count(program, bob.id);
  expect(await pointsOf(program, bob.id)).toMatchObject({ lifetime: 10 });
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 500n });
});

test('the fraud rules judge it, and a review of it can be approved', async () => {
  const { program, ann } = await open();
  const signup = await program.signUp('bob', { ...TYPO, email: 'someone@mailinator.com' });
  const { snapshot } = await program.attribute('bob', signup, ann.id, { at: at(1) });
  expect(snapshot.stage).toBe('in_review');
  expect((await program.review('bob', 'approved', { at: at(2) })).snapshot.stage).toBe('signed_up');
});

test('a word that comes again, or for another referrer, or for a customer, changes nothing', async () => {
  const { program, ann } = await open();
  const signup = await program.signUp('bob', TYPO);
  const first = await program.attribute('bob', signup, ann.id);
  const before = await footprint(program.db, program.id);
  expect(await program.again(first, 'bob')).toEqual(first);
  const eve = await program.member('eve');
  const stolen = await program.attribute('bob', signup, eve.id);
  expect(stolen.outcome).toMatchObject({ decision: 'refused', code: 'already_attributed' });
  expect((await footprint(program.db, program.id)).rewards).toBe(before.rewards);
  const customer = await program.signUp('cat', { ...TYPO, existingCustomer: true });
  expect((await program.attribute('cat', customer, ann.id)).outcome).toMatchObject({ code: 'stage_forbids' });
  const own = await program.signUp('dan', TYPO);
  const dan = await program.member('dan');
  expect((await program.attribute('dan', own, dan.id)).outcome).toMatchObject({ code: 'self_referral' });
  expect(await program.db.referral.count({ where: { programId: program.id } })).toBe(1);
});
