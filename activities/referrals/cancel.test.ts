import fc from 'fast-check';
import { expect, test } from 'vitest';
import { entitlement } from '../../domain/rewards/entitlement.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { seedBoard } from '../../tests/support/leaderboards.ts';
import { at, playProgram, useActivities } from '../../tests/support/play.ts';
import { fixedPolicy, testPolicy, testRule, usd } from '../../tests/support/seed.ts';

const database = useDatabase({ isProved: true });
const activities = useActivities(database);

const welcome = testRule({
  id: 'welcome',
  recipient: 'referred',
  trigger: { on: 'signed_up' },
  benefit: { kind: 'fixed', amount: usd(100n) },
  hold_days: 0,
});
const thanks = testRule({ benefit: { kind: 'fixed', amount: usd(500n) }, hold_days: 10 });
const star = testRule({ id: 'star', benefit: { kind: 'badge', label: 'star' } });

async function open(policy = testPolicy({ rules: [welcome, thanks, star] })) {
  const program = await playProgram(database, activities, policy);
  const ann = await program.member('ann');
  const refer = async (subject: string) => {
    await program.signUp(subject, { code: ann.code });
    return await program.act(subject, { value: usd(5_000n) });
  };
  const where = { programId: program.id };
  const count = async () =>
    (await program.db.member.findFirstOrThrow({ where: { ...where, id: ann.id } })).qualifiedReferrals;
  const memberId = async (externalId: string) =>
    (await program.db.member.findFirstOrThrow({ where: { ...where, externalId } })).id;
  return { program, ann, refer, where, count, memberId };
}

test('a referral that is cancelled gives back all that it brought, to both, of its signup too', async () => {
  const { program, ann, refer, where, count, memberId } = await open();
  await seedBoard(program.db, program.id, 'all_time');
  const { key } = await refer('bob');
  await program.mature('bob', at(11).getTime());
  const { snapshot } = await program.cancel('bob', { at: at(12) });
  expect(snapshot).toMatchObject({
    stage: 'rejected',
    reason: 'cancelled',
    rewards: { reversed: 3, held: 0 },
  });
  expect(await count()).toBe(0);
  for (const id of [ann.id, await memberId('bob')]) {
    expect(await program.balance(id)).toMatchObject({
      available_minor: 0n,
      pending_minor: 0n,
      owed_minor: 0n,
    });
  }
  expect(await program.db.boardScore.findFirstOrThrow({ where })).toMatchObject({ score: 0n });
  expect((await program.act('bob', { at: at(13) })).outcome).toMatchObject({ code: 'referral_ended' });
  const refund = await program.refund('bob', key, { at: at(13) });
  expect(refund.outcome).toMatchObject({ decision: 'accepted', trace: { reversed: [] } });
  expect(await count()).toBe(0);
  expect(await program.netRewards(ann.id)).toBe(0n);
});

test('a referral that is cancelled before it qualified or after it closed gives back all', async () => {
  const { program, ann, refer, count, memberId } = await open();
  await program.signUp('bob', { code: ann.code });
  await program.cancel('bob');
  expect(await program.netRewards(await memberId('bob'))).toBe(0n);
  expect(await count()).toBe(0);
  await refer('cat');
  await program.mature('cat', at(11).getTime());
  expect((await program.end('cat', at(400).getTime())).stage).toBe('closed');
  await program.cancel('cat', { at: at(401) });
  expect(await program.netRewards(ann.id)).toBe(0n);
  expect(await count()).toBe(0);
});

test('what was taken back by hand, or refunded, before a cancellation is not taken once more', async () => {
  const { program, ann, refer, count } = await open(fixedPolicy(500n, 0));
  const { key } = await refer('bob');
  await program.correct('bob', 'taken_back');
  await program.refund('bob', key, { at: at(1) });
  await program.cancel('bob', { at: at(2) });
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 0n, owed_minor: 0n });
  expect(await count()).toBe(0);
});

test('a cancellation that comes again, by delivery or by word, changes nothing', async () => {
  const { program, refer, where } = await open();
  await refer('bob');
  const first = await program.cancel('bob');
  const state = async () => ({
    postings: await program.db.ledgerTransaction.count({ where }),
    rewards: await program.db.reward.findMany({ where, orderBy: { id: 'asc' } }),
    members: await program.db.member.findMany({ where, orderBy: { id: 'asc' } }),
  });
  const before = await state();
  expect(await program.again(first, 'bob')).toEqual(first);
  expect((await program.cancel('bob')).outcome).toMatchObject({ code: 'referral_ended' });
  expect(await state()).toEqual(before);
});

test('a referral in review is rejected, not cancelled', async () => {
  const { program, ann } = await open();
  await program.signUp('bob', { code: ann.code, email: 'someone@mailinator.com' });
  expect((await program.cancel('bob')).outcome).toMatchObject({ code: 'stage_forbids' });
  expect((await program.review('bob', 'rejected')).snapshot.stage).toBe('rejected');
});

const steps = [
  { count: 3, rate_bp: 1_000 },
  { count: 5, rate_bp: 2_000 },
];
const rate = testRule({
  benefit: { kind: 'milestone_rate', base: usd(1_000n), steps },
  hold_days: 0,
});

test('whichever referrals are cancelled or refunded, what is left is what the rest entitle to', async () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const word = fc.record({ name: fc.constantFrom(...names), how: fc.constantFrom('cancel', 'refund') });
  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 8 }), async (words) => {
      const { program, ann, refer, count } = await open(testPolicy({ rules: [rate] }));
      const keys = new Map<string, string>();
      for (const name of names) keys.set(name, (await refer(name)).key);
      for (const { name, how } of words) {
        if (how === 'cancel') await program.cancel(name, { at: at(1) });
        else await program.refund(name, keys.get(name) ?? '', { at: at(1) });
      }
      const gone = new Set(words.map(({ name }) => name)).size;
      expect(await count()).toBe(names.length - gone);
      expect(await program.netRewards(ann.id)).toBe(
        entitlement(names.length - gone, usd(1_000n), steps).minor,
      );
    }),
    { numRuns: 8 },
  );
}, 120_000);

test('what a refund had taken does not come back to a referral that was cancelled since', async () => {
  const { program, ann, refer, count } = await open();
  const { key } = await refer('bob');
  const refund = await program.refund('bob', key, { at: at(1) });
  await program.cancel('bob', { at: at(2) });
  const back = await program.refund('bob', refund.key, { at: at(3) });
  expect(back.outcome).toMatchObject({ decision: 'refused', code: 'referral_ended' });
  expect([await program.netRewards(ann.id), await count()]).toEqual([0n, 0]);
});
