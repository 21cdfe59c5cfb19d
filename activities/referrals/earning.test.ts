import { expect, test } from 'vitest';
import { useDatabase } from '../../tests/support/database.ts';
import { at, playProgram, useActivities } from '../../tests/support/play.ts';
import { testPolicy, testRule, usd } from '../../tests/support/seed.ts';

/** How long a referral earns. */
const database = useDatabase({ isProved: true });
const activities = useActivities(database);

const share = testRule({
  id: 'share',
  trigger: { on: 'nth_event', event: 'purchase', from: 1, to: null },
  benefit: { kind: 'percentage', rate_bp: 500, cap: null },
});

/** A referral that qualified on day 0, and an action of 100.00 on a day. */
async function open(changes: object) {
  const program = await playProgram(database, activities, testPolicy({ rules: [share], ...changes }));
  const ann = await program.member('ann');
  await program.signUp('bob', { code: ann.code });
  const buy = async (day: number, now = day) =>
    await program.act('bob', { at: at(day), value: usd(10_000n), now_ms: at(now).getTime() });
  await buy(0);
  return { program, ann, buy };
}

test('5 % for twelve months are 5 % of what is bought within them, whenever it comes', async () => {
  const { program, ann, buy } = await open({ earning_days: 365 });
  expect((await program.end('bob', at(364).getTime())).stage).toBe('rewarded');
  expect((await buy(364)).outcome).toMatchObject({ decision: 'accepted' });
  expect((await buy(366)).outcome).toMatchObject({ decision: 'refused', code: 'earning_ended' });
  expect((await program.end('bob', at(366).getTime())).stage).toBe('closed');
  const late = await buy(365, 367);
  expect(late).toMatchObject({ outcome: { decision: 'accepted' }, snapshot: { stage: 'closed' } });
  expect(await program.netRewards(ann.id)).toBe(1_500n);
});

test('5 % for ever are 5 % of whatever is bought, and the referral never closes by itself', async () => {
  const { program, ann, buy } = await open({ earning_days: null });
  expect(await program.end('bob', at(5_000).getTime())).toMatchObject({ stage: 'rewarded', due_at_ms: null });
  expect((await buy(5_000)).outcome).toMatchObject({ decision: 'accepted' });
  expect(await program.netRewards(ann.id)).toBe(1_000n);
});

test('a policy from before there was the setting earns until its referral closes', async () => {
  const { program, ann, buy } = await open({});
  await buy(29);
  expect((await program.end('bob', at(30).getTime())).stage).toBe('closed');
  expect((await buy(30)).outcome).toMatchObject({ decision: 'refused', code: 'referral_ended' });
  expect(await program.netRewards(ann.id)).toBe(1_000n);
});

test('without earning_days too an action counts that happened before the end and comes later', async () => {
  const { program, ann, buy } = await open({ rules: [{ ...share, hold_days: 35 }] });
  await program.mature('bob', at(36).getTime());
  expect((await program.end('bob', at(36).getTime())).stage).toBe('closed');
  // Until refunds count no more on day 30; and longer, since something was on hold until day 35.
  expect((await buy(29, 40)).outcome).toMatchObject({ decision: 'accepted' });
  expect((await buy(34, 40)).outcome).toMatchObject({ decision: 'accepted' });
  expect((await buy(75, 80)).outcome).toMatchObject({ decision: 'refused', code: 'referral_ended' });
  expect(await program.netRewards(ann.id)).toBe(1_500n);
});

test('a referral stays open for refunds although it has ceased to earn', async () => {
  const { program } = await open({ earning_days: 90, refund_days: 120 });
  expect((await program.end('bob', at(91).getTime())).stage).toBe('rewarded');
  expect((await program.end('bob', at(120).getTime())).stage).toBe('closed');
});
