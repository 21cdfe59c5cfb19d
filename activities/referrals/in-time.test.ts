import fc from 'fast-check';
import { expect, test } from 'vitest';
import { useDatabase } from '../../tests/support/database.ts';
import { type Arrival, inOrder, weights } from '../../tests/support/histories.ts';
import { at, playProgram, useActivities } from '../../tests/support/play.ts';
import { testPolicy, testRule, usd } from '../../tests/support/seed.ts';

/** Without `earning_days` actions earn until their referral ends: by their own times, whenever it closes. */
const database = useDatabase({ isProved: true });
const activities = useActivities(database);

const share = testRule({
  id: 'share',
  trigger: { on: 'nth_event', event: 'purchase', from: 1, to: null },
  benefit: { kind: 'percentage', rate_bp: 500, cap: null },
});

/** All comes on one day, and the referral qualified on day 0. Its workflow has not closed it. */
async function open(hold_days = 0, changes: object = {}) {
  const rules = [{ ...share, hold_days }];
  const program = await playProgram(database, activities, testPolicy({ rules, ...changes }));
  const ann = await program.member('ann');
  await program.signUp('bob', { code: ann.code });
  const now_ms = at(70).getTime();
  const keyOf = (key: string) => `${program.id}:${key}`;
  const buy = (day: number, key = `o${day}`) =>
    program.act('bob', { key: keyOf(key), at: at(day), value: usd(10_000n), now_ms });
  const refund = (of: string, day: number) =>
    program.refund('bob', keyOf(of), { key: keyOf(`-${of}`), at: at(day), now_ms });
  /** Decides what is made due again, as the pump would hand it over. */
  const settle = async () => {
    for (;;) {
      const where = {
        programId: program.id,
        state: 'pending' as const,
        type: { in: ['purchase', 'refund'] },
      };
      const event = await program.db.event.findFirst({ where, orderBy: [{ type: 'asc' }, { seq: 'asc' }] });
      if (event === null) return;
      await program.again(event, 'bob', now_ms);
    }
  };
  /** Which purchases the referral has accepted. */
  const accepted = async () => {
    const where = { programId: program.id, type: 'purchase' };
    const events = await program.db.event.findMany({ where, orderBy: { occurredAt: 'asc' } });
    return events
      .filter(({ outcome }) => (outcome as { decision?: string } | null)?.decision === 'accepted')
      .map(({ key }) => key.replace(keyOf(''), ''));
  };
  await buy(0);
  return { program, ann, buy, refund, settle, accepted };
}

const ENDED = { decision: 'refused', code: 'referral_ended' };

test('what is dated after the end is refused, closed or not', async () => {
  const { program, ann, buy } = await open();
  expect((await buy(29)).outcome).toMatchObject({ decision: 'accepted' });
  expect(await buy(30)).toMatchObject({ snapshot: { stage: 'rewarded' }, outcome: ENDED });
  expect((await program.end('bob', at(71).getTime())).stage).toBe('closed');
  expect((await buy(31)).outcome).toMatchObject(ENDED);
  expect((await buy(28)).outcome).toMatchObject({ decision: 'accepted' });
  expect(await program.netRewards(ann.id)).toBe(1_500n);
});

test('what was on hold at the time of an action kept its referral open', async () => {
  const { buy, accepted } = await open(35);
  await buy(34);
  await buy(60);
  expect(await accepted()).toEqual(['o0', 'o34', 'o60']);
  expect((await buy(96)).outcome).toMatchObject(ENDED);
});

test('what had come too late is in time once something comes that was on hold then', async () => {
  const { ann, program, buy, settle, accepted } = await open(20);
  expect((await buy(45)).outcome).toMatchObject(ENDED);
  await buy(28);
  await settle();
  expect(await accepted()).toEqual(['o0', 'o28', 'o45']);
  expect(await program.netRewards(ann.id)).toBe(1_500n);
});

test('the refund of what had come too late is decided anew with it', async () => {
  const { ann, program, buy, refund, settle, accepted } = await open(20);
  await buy(45);
  expect((await refund('o45', 46)).outcome).toMatchObject({ code: 'refund_of_unknown' });
  await buy(28);
  await settle();
  expect(await accepted()).toEqual(['o0', 'o28', 'o45']);
  expect(await program.netRewards(ann.id)).toBe(1_000n);
});

test('what had come too late qualifies the referral once its first purchase is refunded', async () => {
  const { ann, program, buy, refund, settle } = await open(0, {
    qualification: { event: 'purchase', min_value: null, within_days: 90, condition: null },
  });
  expect((await buy(45)).outcome).toMatchObject(ENDED);
  expect((await refund('o0', 20)).snapshot.stage).toBe('signed_up');
  await settle();
  const referral = await program.db.referral.findFirstOrThrow({ where: { programId: program.id } });
  expect(referral).toMatchObject({ stage: 'rewarded', qualifiedAt: at(45) });
  expect(await program.netRewards(ann.id)).toBe(500n);
});

test('a refund takes what was on hold, and not the time that it was', async () => {
  for (const isFirst of [true, false]) {
    const { buy, refund, settle, accepted } = await open(20);
    await buy(28);
    if (isFirst) await refund('o28', 50);
    await buy(45);
    if (!isFirst) await refund('o28', 50);
    await settle();
    expect(await accepted()).toEqual(['o0', 'o28', 'o45']);
  }
});

async function played(days: readonly number[], hold_days: number) {
  const { ann, program, buy, settle, accepted } = await open(hold_days, { refund_days: 10 });
  for (const day of days) {
    await buy(day);
    await settle();
  }
  return { accepted: await accepted(), net: await program.netRewards(ann.id) };
}

test('in whatever order later purchases come, the same ones are in time', async () => {
  const days = fc.uniqueArray(fc.integer({ min: 1, max: 55 }), { minLength: 2, maxLength: 7 });
  const holds = fc.integer({ min: 6, max: 20 });
  await fc.assert(
    fc.asyncProperty(days, holds, weights, weights, async (all, hold, one, other) => {
      const arrivals = all.map((day): Arrival<number> => ({ step: day, key: `${day}`, after: null }));
      const first = await played(inOrder(arrivals, one), hold);
      expect(await played(inOrder(arrivals, other), hold)).toEqual(first);
    }),
    { numRuns: 20, endOnFailure: true },
  );
}, 300_000);
