import { expect, test } from 'vitest';
import type { Milestone } from '../../domain/milestones/policy.ts';
import type { Policy } from '../../domain/policies/policy.ts';
import { readFacts } from '../../engine/milestones/facts.ts';
import { newId } from '../../platform/ids.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { at, footprint, playProgram, useActivities } from '../../tests/support/play.ts';
import { eur, seedRate } from '../../tests/support/rates.ts';
import { testPolicy, testRule, usd } from '../../tests/support/seed.ts';

const database = useDatabase({ isProved: true });
const activities = useActivities(database);

const share = testRule({
  id: 'share',
  trigger: { on: 'nth_event', event: 'purchase', from: 1, to: null },
  benefit: { kind: 'percentage', rate_bp: 1_000, cap: null },
});
const qualification = { event: 'purchase', min_value: usd(1_000n), within_days: 90, condition: null };

/** A program in dollars, and bob, whom ann brought. */
async function open(policy: Partial<Policy> = {}) {
  const program = await playProgram(database, activities, testPolicy({ rules: [share], ...policy }));
  const ann = await program.member('ann');
  await program.signUp('bob', { code: ann.code });
  const rate = (text: string, days = 0) =>
    seedRate(program.db, program.id, { from: 'EUR', to: 'USD', rate: text, at: at(days) });
  return { program, ann, rate, net: () => program.netRewards(ann.id) };
}

test('a sale in euros earns in dollars, by the rate of its own time, kept in the trace', async () => {
  const { program, ann, rate } = await open();
  await rate('1.05', 0);
  const rateId = await rate('1.0853', 5);
  await rate('2', 8);
  const { outcome } = await program.act('bob', { at: at(6), value: eur(4_900n), now_ms: at(9).getTime() });
  const converted = {
    sent: { minor: '4900', unit: 'EUR' },
    counted: { minor: '5318', unit: 'USD' },
    rate: '1.0853',
    rate_from: 'EUR',
    rate_to: 'USD',
    rate_id: rateId,
    rate_valid_from: at(5).toISOString(),
  };
  expect(outcome).toMatchObject({ decision: 'accepted', trace: { converted } });
  const [reward] = await program.db.reward.findMany({ where: { programId: program.id } });
  expect(reward).toMatchObject({ unit: 'USD', amountMinor: 532n });
  expect(reward?.trace).toMatchObject({ facts: { event_value: converted.counted, conversion: converted } });
  expect(await program.balance(ann.id)).toMatchObject({ unit: 'USD', available_minor: 532n });
});

test('a rate serves the other way too, by division and never by an inverse', async () => {
  const { program, net } = await open();
  await seedRate(program.db, program.id, { from: 'USD', to: 'EUR', rate: '0.3' });
  await program.act('bob', { value: eur(10_000n) });
  // 333.33 dollars; an inverse of six figures, 3.33333, would be the same, one of three would not.
  expect(await net()).toBe(3_333n);
});

test('without a rate for its time a sale in another unit earns no share, and says why', async () => {
  const { program, rate, net } = await open();
  await rate('1.1', 5);
  const { outcome } = await program.act('bob', { at: at(4), value: eur(4_900n), now_ms: at(6).getTime() });
  expect(outcome).toMatchObject({ rewards: [{ granted: false, code: 'rate_missing' }] });
  expect(await net()).toBe(0n);
  expect(await program.db.eventRate.count({ where: { programId: program.id } })).toBe(0);
  const strict = await open({ qualification, rules: [testRule()] });
  expect((await strict.program.act('bob', { value: eur(4_900n) })).outcome).toMatchObject({
    decision: 'refused',
    code: 'rate_missing',
  });
});

test('what was decided stays when a rate is set for its time, on repeats and refunds too', async () => {
  const { program, rate, net } = await open();
  const first = await program.act('bob', { value: eur(4_900n) });
  await rate('1.1');
  const before = await footprint(program.db, program.id);
  await program.again(first, 'bob');
  expect(await footprint(program.db, program.id)).toEqual(before);
  const refund = await program.refund('bob', first.key);
  await program.refund('bob', refund.key);
  expect(await net()).toBe(0n);
});

test('a repeat of a decided sale goes by the rate of its first decision', async () => {
  const { program, rate, net } = await open();
  await rate('1.1', 0);
  const sale = await program.act('bob', { at: at(3), value: eur(10_000n) });
  await rate('9', 2);
  await program.again(sale, 'bob');
  expect(await net()).toBe(1_100n);
});

test('parts of a refund go by the purchase’s own rate, and the whole takes back what was given', async () => {
  const { program, ann, rate, net } = await open();
  await rate('1.0853', 0);
  const { key } = await program.act('bob', { at: at(1), value: eur(999n) });
  expect(await net()).toBe(108n);
  await rate('7', 2);
  const left: bigint[] = [];
  for (const days of [3, 4, 5]) {
    await program.refund('bob', key, { at: at(days), value: eur(333n) });
    left.push(await net());
  }
  expect(left).toEqual([72n, 36n, 0n]);
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 0n, owed_minor: 0n });
});

test('a refund of a refund gives back what that took, whatever the rate is by then', async () => {
  const { program, rate, net } = await open();
  await rate('1.0853', 0);
  const { key } = await program.act('bob', { value: eur(4_900n) });
  const part = await program.refund('bob', key, { at: at(3), value: eur(1_000n) });
  const whole = await program.refund('bob', key, { at: at(4) });
  expect(await net()).toBe(0n);
  await rate('7', 2);
  await program.refund('bob', whole.key, { at: at(5) });
  expect(await net()).toBe(423n);
  await program.refund('bob', part.key, { at: at(6) });
  expect(await net()).toBe(532n);
});

test('a refund names the unit of its purchase, and no other', async () => {
  const { program, rate } = await open();
  await rate('1.1');
  const { key } = await program.act('bob', { value: eur(4_900n) });
  expect((await program.refund('bob', key, { value: usd(100n) })).outcome).toMatchObject({
    code: 'unit_mismatch',
  });
});

test('the least that qualifies, conditions, caps and rules see the converted value', async () => {
  const rules = [
    testRule({ id: 'big', condition: "event.value == 1100 && event.unit == 'USD'" }),
    { ...share, cap: { amount: usd(100n), count: null, period_days: null } },
  ];
  const { program, rate, net } = await open({ rules, qualification });
  await rate('1.1');
  // 9.09 euros are 10.00 dollars, and 9.08 are 9.99.
  expect((await program.act('bob', { value: eur(908n) })).outcome).toMatchObject({
    rewards: [{ granted: true, amount: { minor: '100', unit: 'USD' } }],
  });
  const cat = await open({ qualification });
  await cat.rate('1.1');
  expect((await cat.program.act('bob', { value: eur(908n) })).outcome.stage).toBe('signed_up');
  const { key } = await cat.program.act('bob', { value: eur(1_000n) });
  const stage = async (minor: bigint) =>
    (await cat.program.refund('bob', key, { value: eur(minor) })).snapshot.stage;
  expect([await stage(91n), await stage(1n)]).toEqual(['rewarded', 'signed_up']);
  await program.act('bob', { value: eur(1_000n) });
  expect(await net()).toBe(200n);
});

test('a sale that comes late takes a later one’s place by its own rate, in any order the same', async () => {
  const rules = [testRule({ id: 'first', benefit: { kind: 'percentage', rate_bp: 1_000, cap: null } })];
  const totals: bigint[] = [];
  for (const order of [
    [2, 4],
    [4, 2],
  ]) {
    const { program, rate, net } = await open({ rules });
    await rate('1.1', 0);
    await rate('3', 3);
    for (const days of order) {
      await program.act('bob', { at: at(days), value: eur(1_000n), now_ms: at(9).getTime() });
    }
    totals.push(await net());
  }
  expect(totals).toEqual([110n, 110n]);
});

test('boards and milestones count the converted revenue, less refunds, to the last cent', async () => {
  const { program, ann, rate } = await open();
  const { id: programId, db } = program;
  const board = { programId, id: newId(), slug: 'top', name: 'Top', metric: 'revenue', period: 'all_time' };
  await db.board.create({ data: { ...board, unit: 'USD', createdAt: at(-1) } as never });
  await rate('1.0853', 0);
  const { key } = await program.act('bob', { value: eur(999n) });
  const milestone: Milestone = {
    id: 'm',
    name: 'M',
    recipient: 'referrer',
    measure: 'revenue',
    thresholds: [{ at: usd(1n), benefit: { kind: 'badge', label: 'M' } }],
    repeat: 'once',
    hold_days: 0,
    expires_days: null,
    reversible: true,
  };
  const counted = async () => {
    const scores = await db.boardScore.findMany({ where: { programId }, select: { score: true } });
    const facts = await readFacts(db, programId, [ann.id], [milestone]);
    return [
      scores.reduce((sum, { score }) => sum + score, 0n),
      facts.get(ann.id)?.facts.revenue['USD'] ?? 0n,
    ];
  };
  expect(await counted()).toEqual([1_084n, 1_084n]);
  await rate('7', 1);
  await program.refund('bob', key, { at: at(2), value: eur(333n) });
  expect(await counted()).toEqual([723n, 723n]);
  const { key: back } = await program.refund('bob', key, { at: at(3) });
  expect(await counted()).toEqual([0n, 0n]);
  await program.refund('bob', back, { at: at(4) });
  expect(await counted()).toEqual([723n, 723n]);
});
