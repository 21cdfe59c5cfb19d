import { describe, expect, test } from 'vitest';
import { useDatabase } from '../../tests/support/database.ts';
import { at, footprint, playProgram, T0_MS, useActivities } from '../../tests/support/play.ts';
import { fixedPolicy, testPolicy, testRule, usd } from '../../tests/support/seed.ts';

const database = useDatabase();
const activities = useActivities(database);

async function open(policy = fixedPolicy(500n, 30)) {
  const program = await playProgram(database, activities, policy);
  const ann = await program.member('ann');
  await program.signUp('bob', { code: ann.code });
  return { program, ann };
}

const qualification = {
  event: 'purchase',
  min_value: usd(1_000n),
  within_days: 90,
  condition: 'event.properties.plan == "pro"',
};
const good = { value: usd(1_000n), payload: { properties: { plan: 'pro' } } };

describe('an action does not qualify, and changes nothing,', () => {
  test.each([
    ['when its value is below the minimum', { ...good, value: usd(999n) }, 'below_minimum'],
    ['when it has no value and one is asked for', { payload: good.payload }, 'below_minimum'],
    ['when its value is of another unit', { ...good, value: { minor: 9_000n, unit: 'EUR' } }, 'rate_missing'],
    ['when it happened after the window', { ...good, at: at(91) }, 'outside_qualification_window'],
    ['when it happened before the signup', { ...good, at: at(-1) }, 'outside_qualification_window'],
    [
      'when the policy’s condition does not hold',
      { ...good, payload: { properties: { plan: 'free' } } },
      'condition_false',
    ],
    [
      'when what the condition asks for is missing',
      { value: good.value },
      expect.stringMatching(/^condition_(false|invalid)$/),
    ],
    ['when no rule asks for its type', { type: 'review_written' }, 'not_triggered'],
  ])('%s', async (_when, action, code) => {
    const { program } = await open(testPolicy({ qualification, rules: [testRule()] }));
    const before = await footprint(program.db, program.id);
    const { outcome, snapshot } = await program.act('bob', action);
    expect(outcome).toMatchObject({ decision: 'refused', code });
    expect(snapshot.stage).toBe('signed_up');
    expect(await footprint(program.db, program.id)).toEqual(before);
    expect((await program.act('bob', good)).snapshot.stage).toBe('rewarded');
  });
});

test('a referral qualifies once: another purchase is refused as already qualified', async () => {
  const { program, ann } = await open();
  await program.act('bob', { value: usd(5_000n) });
  const { outcome } = await program.act('bob', { value: usd(5_000n) });
  expect(outcome).toMatchObject({ decision: 'refused', code: 'already_qualified' });
  expect(await program.netRewards(ann.id)).toBe(500n);
  const { qualifiedReferrals } = await program.db.member.findFirstOrThrow({ where: { id: ann.id } });
  expect(qualifiedReferrals).toBe(1);
});

test('an action that comes with a refused signup is refused as not referred', async () => {
  const { program } = await open();
  await program.signUp('cat', { code: 'nosuch2' });
  expect((await program.act('cat')).outcome).toMatchObject({ decision: 'refused', code: 'not_referred' });
  const refund = await program.refund('cat', 'whatever');
  expect(refund.outcome).toMatchObject({ decision: 'refused', code: 'not_referred' });
  expect(refund.snapshot.stage).toBeNull();
});

test('a referral out of time expires, and only a purchase of before its deadline counts', async () => {
  const { program, ann } = await open();
  const deadline_ms = at(90).getTime();
  expect(await program.end('bob', deadline_ms - 1)).toMatchObject({ stage: 'signed_up' });
  expect(await program.end('bob', deadline_ms)).toMatchObject({ stage: 'expired' });
  const now_ms = at(95).getTime();
  const after = await program.act('bob', { at: at(91), now_ms });
  expect(after.outcome).toMatchObject({ decision: 'refused', code: 'referral_ended' });
  const before = await program.act('bob', { at: at(10), now_ms });
  expect(before).toMatchObject({ outcome: { decision: 'accepted' }, snapshot: { stage: 'rewarded' } });
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 500n });
});

test('a referral whose review ran out takes no purchase any more', async () => {
  const { program, ann } = await open();
  const signup = { code: ann.code, email: 'cat@mailinator.com' };
  expect((await program.signUp('cat', signup)).snapshot.stage).toBe('in_review');
  expect((await program.end('cat', at(90).getTime())).stage).toBe('expired');
  const late = await program.act('cat', { at: at(10), now_ms: at(95).getTime() });
  expect(late.outcome).toMatchObject({ decision: 'refused', code: 'referral_ended' });
});

test('a hold that had passed when the purchase was imported is over at once', async () => {
  const { program, ann } = await open();
  const { snapshot } = await program.act('bob', { at: at(2), now_ms: T0_MS + 400 * 86_400_000 });
  expect(snapshot).toMatchObject({ stage: 'rewarded', rewards: { available: 1, held: 0 } });
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 500n, pending_minor: 0n });
});

test('an ended program still rewards what had begun, and a paused one lets events wait', async () => {
  const ended = await open();
  await ended.program.db.program.update({ where: { id: ended.program.id }, data: { status: 'ended' } });
  expect((await ended.program.act('bob')).outcome.rewards).toMatchObject([{ granted: true }]);
  const paused = await open();
  await paused.program.db.program.update({ where: { id: paused.program.id }, data: { status: 'paused' } });
  expect(await paused.program.act('bob')).toMatchObject({ state: 'waiting', outcome: null });
});

test('a repeated decision gives the first one’s outcome and state', async () => {
  const { program, ann } = await open();
  const purchase = await program.act('bob', { value: usd(5_000n) });
  const before = await footprint(program.db, program.id);
  const repeated = await program.again(purchase, 'bob', T0_MS + 86_400_000);
  expect(repeated.outcome).toEqual(purchase.outcome);
  expect(repeated.snapshot).toEqual(purchase.snapshot);
  expect(await footprint(program.db, program.id)).toEqual(before);
  expect(await program.balance(ann.id)).toMatchObject({ pending_minor: 500n });
});
