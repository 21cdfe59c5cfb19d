import fc from 'fast-check';
import { expect, test } from 'vitest';
import { entitlement } from '../../domain/rewards/entitlement.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { seedBoard, topOf } from '../../tests/support/leaderboards.ts';
import { at, playProgram, useActivities } from '../../tests/support/play.ts';
import { fixedPolicy, testPolicy, testRule, usd } from '../../tests/support/seed.ts';

const database = useDatabase({ isProved: true });
const activities = useActivities(database);

async function open(policy = fixedPolicy(500n, 10)) {
  const program = await playProgram(database, activities, policy);
  const [ann, eve] = [await program.member('ann'), await program.member('eve')];
  const refer = async (subject: string, by = ann, minor = 5_000n) => {
    await program.signUp(subject, { code: by.code });
    return await program.act(subject, { value: usd(minor) });
  };
  const where = { programId: program.id };
  const countOf = async ({ id }: { readonly id: string }) =>
    (await program.db.member.findFirstOrThrow({ where: { ...where, id } })).qualifiedReferrals;
  return { program, ann, eve, refer, where, countOf };
}

test('what the first referrer got goes back, the second gets it, and refunds take it from them', async () => {
  const { program, ann, eve, refer, countOf } = await open();
  const board = await seedBoard(program.db, program.id, 'all_time');
  const { key } = await refer('bob');
  await program.mature('bob', at(11).getTime());
  const { snapshot, outcome } = await program.move('bob', eve.id, { at: at(12) });
  expect(snapshot).toMatchObject({ stage: 'rewarded', referrer_id: eve.id, matures_at_ms: null });
  expect(outcome).toMatchObject({
    decision: 'accepted',
    rewards: [{ granted: true, amount: { minor: '500' } }],
    trace: { moved_from: ann.id, moved_to: eve.id, reversed: [{ amount: { minor: '500' } }] },
  });
  expect([await countOf(ann), await countOf(eve)]).toEqual([0, 1]);
  expect(await topOf(program.db, program.id, board, 'all')).toEqual([[eve.id, 1, 1]]);
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 0n, owed_minor: 0n });
  expect(await program.balance(eve.id)).toMatchObject({ available_minor: 500n });
  await program.refund('bob', key, { at: at(13) });
  expect([await countOf(ann), await countOf(eve)]).toEqual([0, 0]);
  for (const { id } of [ann, eve]) {
    expect(await program.balance(id)).toMatchObject({ available_minor: 0n, owed_minor: 0n });
  }
});

test('a referral that moves there and back is its first referrer’s again, with what it brought', async () => {
  const { program, ann, eve, refer, countOf } = await open();
  await refer('bob');
  await program.move('bob', eve.id, { at: at(1) });
  expect((await program.move('bob', ann.id, { at: at(2) })).snapshot).toMatchObject({
    stage: 'qualified',
    matures_at_ms: at(10).getTime(),
  });
  expect([await countOf(ann), await countOf(eve)]).toEqual([1, 0]);
  expect([await program.netRewards(ann.id), await program.netRewards(eve.id)]).toEqual([500n, 0n]);
  await program.mature('bob', at(10).getTime());
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 500n, pending_minor: 0n });
});

test('what the referred member got stays, and actions count with what refunds left of them', async () => {
  const welcome = testRule({
    id: 'welcome',
    recipient: 'referred',
    trigger: { on: 'signed_up' },
    benefit: { kind: 'fixed', amount: usd(100n) },
  });
  const share = testRule({
    id: 'share',
    trigger: { on: 'nth_event', event: 'purchase', from: 1, to: null },
    benefit: { kind: 'percentage', rate_bp: 1_000, cap: null },
  });
  const { program, ann, eve, refer, where } = await open(testPolicy({ rules: [welcome, share] }));
  await refer('bob', ann, 1_000n);
  const second = await program.act('bob', { at: at(1), value: usd(2_000n) });
  await program.refund('bob', second.key, { at: at(2), value: usd(500n) });
  expect(await program.netRewards(ann.id)).toBe(250n);
  await program.move('bob', eve.id, { at: at(3) });
  expect([await program.netRewards(ann.id), await program.netRewards(eve.id)]).toEqual([0n, 250n]);
  await program.refund('bob', second.key, { at: at(4) });
  expect(await program.netRewards(eve.id)).toBe(100n);
  const bob = await program.db.member.findFirstOrThrow({ where: { ...where, externalId: 'bob' } });
  expect(await program.netRewards(bob.id)).toBe(100n);
});

test('a referral that has not qualified moves, and qualifies for its new referrer', async () => {
  const { program, ann, eve, countOf } = await open();
  await program.signUp('bob', { code: ann.code });
  expect((await program.move('bob', eve.id)).snapshot.stage).toBe('signed_up');
  await program.act('bob', { at: at(1) });
  expect([await countOf(ann), await countOf(eve)]).toEqual([0, 1]);
  expect([await program.netRewards(ann.id), await program.netRewards(eve.id)]).toEqual([0n, 500n]);
});

test('a move to the referred, to the same referrer, in review or a second time changes nothing', async () => {
  const { program, ann, eve, refer, where } = await open();
  await refer('bob');
  const bob = await program.db.member.findFirstOrThrow({ where: { ...where, externalId: 'bob' } });
  const state = async () => ({
    postings: await program.db.ledgerTransaction.count({ where }),
    rewards: await program.db.reward.findMany({ where, orderBy: { id: 'asc' } }),
    members: await program.db.member.findMany({ where, orderBy: { id: 'asc' } }),
  });
  const before = await state();
  expect((await program.move('bob', bob.id)).outcome).toMatchObject({ code: 'self_referral' });
  expect((await program.move('bob', ann.id)).outcome).toMatchObject({ code: 'already_attributed' });
  expect(await state()).toEqual(before);
  const moved = await program.move('bob', eve.id);
  const after = await state();
  expect(await program.again(moved, 'bob')).toEqual(moved);
  expect(await state()).toEqual(after);
  await program.signUp('cat', { code: ann.code, email: 'someone@mailinator.com' });
  expect((await program.move('cat', eve.id)).outcome).toMatchObject({ code: 'stage_forbids' });
});

const steps = [
  { count: 2, rate_bp: 1_000 },
  { count: 4, rate_bp: 2_000 },
];
const rate = testRule({ benefit: { kind: 'milestone_rate', base: usd(1_000n), steps }, hold_days: 0 });
const third = testRule({
  id: 'third',
  trigger: { on: 'milestone', count: 3 },
  benefit: { kind: 'fixed', amount: usd(7_000n) },
});
const dueFor = (count: number) => entitlement(count, usd(1_000n), steps).minor + (count >= 3 ? 7_000n : 0n);

test('however referrals move, end or are refunded, referrers have what their counts entitle to', async () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const word = fc.record({
    name: fc.constantFrom(...names),
    how: fc.constantFrom(...(['to ann', 'to eve', 'cancel', 'refund', 'take refund back'] as const)),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 12 }), async (words) => {
      const { program, ann, eve, refer, countOf } = await open(testPolicy({ rules: [rate, third] }));
      const keys = new Map<string, string>();
      for (const name of names) keys.set(name, (await refer(name)).key);
      const refunds = new Map<string, string>();
      const play = { at: at(1) };
      const deeds = {
        'to ann': (name: string) => program.move(name, ann.id, play),
        'to eve': (name: string) => program.move(name, eve.id, play),
        cancel: (name: string) => program.cancel(name, play),
        refund: async (name: string) => {
          refunds.set(name, (await program.refund(name, keys.get(name) ?? '', play)).key);
        },
        'take refund back': async (name: string) => {
          const refund = refunds.get(name);
          if (refund !== undefined) await program.refund(name, refund, play);
        },
      };
      for (const { name, how } of words) await deeds[how](name);
      for (const member of [ann, eve]) {
        expect(await program.netRewards(member.id)).toBe(dueFor(await countOf(member)));
      }
    }),
    { numRuns: 10 },
  );
}, 120_000);

test.for(['refund', 'cancel', 'move'] as const)(
  'what a referrer keeps by the count stays theirs when a referral that left them goes on by %s',
  async (fate) => {
    const { program, ann, eve, refer, countOf } = await open(testPolicy({ rules: [rate, third] }));
    const keys = new Map<string, string>();
    for (const name of ['a', 'b', 'c', 'd', 'e']) keys.set(name, (await refer(name)).key);
    const fates = {
      refund: (name: string) => program.refund(name, keys.get(name) ?? '', { at: at(2) }),
      cancel: (name: string) => program.cancel(name, { at: at(2) }),
      move: (name: string) => program.move(name, ann.id, { at: at(2) }),
    };
    for (const name of ['b', 'c']) await program.move(name, eve.id, { at: at(1) });
    for (const name of ['b', 'c']) await fates[fate](name);
    const counts = [await countOf(ann), await countOf(eve)];
    expect(counts).toEqual(fate === 'move' ? [5, 0] : [3, 0]);
    expect([await program.netRewards(ann.id), await program.netRewards(eve.id)]).toEqual(counts.map(dueFor));
  },
);

test('a member who is blocked gets nothing by a referral that is moved to them', async () => {
  const { program, ann, eve, refer } = await open();
  await refer('bob');
  const where = { programId_id: { programId: program.id, id: eve.id } };
  await program.db.member.update({ where, data: { blockedAt: at(0), blockedReason: 'Several accounts.' } });
  const { outcome } = await program.move('bob', eve.id, { at: at(1) });
  expect(outcome).toMatchObject({ rewards: [{ granted: false, code: 'member_blocked' }] });
  expect([await program.netRewards(ann.id), await program.netRewards(eve.id)]).toEqual([0n, 0n]);
});

test('what a refund had taken comes back to the referrer to whom the referral has moved', async () => {
  const { program, ann, eve, refer, countOf } = await open();
  const { key } = await refer('bob');
  await program.move('bob', eve.id, { at: at(1) });
  const refund = await program.refund('bob', key, { at: at(2) });
  await program.refund('bob', refund.key, { at: at(3) });
  expect([await program.netRewards(ann.id), await program.netRewards(eve.id)]).toEqual([0n, 500n]);
  expect([await countOf(ann), await countOf(eve)]).toEqual([0, 1]);
});

test('what an operator took back does not come back by a move there and back', async () => {
  const { program, ann, eve, refer } = await open();
  await refer('bob');
  await program.correct('bob', 'taken_back');
  await program.move('bob', eve.id, { at: at(1) });
  await program.move('bob', ann.id, { at: at(2) });
  expect([await program.netRewards(ann.id), await program.netRewards(eve.id)]).toEqual([0n, 0n]);
});
