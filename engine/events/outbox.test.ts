import { expect, test } from 'vitest';
import { useDatabase } from '../../tests/support/database.ts';
import { seedInvitation } from '../../tests/support/invitations.ts';
import { at, playProgram, useActivities } from '../../tests/support/play.ts';
import { seedRedemption, testPolicy, testRule, usd } from '../../tests/support/seed.ts';

const database = useDatabase();
const activities = useActivities(database);

/** A life with all that is told about it, each step of it done twice. */
async function liveTwice() {
  const rules = [
    testRule({ hold_days: 5 }),
    testRule({
      id: 'star',
      trigger: { on: 'milestone', count: 1 },
      benefit: { kind: 'badge', label: 'star' },
    }),
  ];
  const program = await playProgram(database, activities, testPolicy({ rules }));
  const ann = await program.member('ann', 'ann.lee@example.org');
  const invitation = await seedInvitation(program.db, program.id, ann, at(0));
  const invited = { programId: program.id, referralId: invitation.id, now_ms: at(0).getTime() };
  const twice = async (step: () => Promise<unknown>) => {
    await step();
    await step();
  };
  await twice(() => activities.issueInvitation({ ...invited, eventId: invitation.eventId }));
  await twice(() => activities.endReferral({ ...invited, now_ms: at(90).getTime() }));
  const email = 'bob.ray@mailinator.com';
  const signup = await program.signUp('bob', { code: ann.code, email, ipHash: 'f'.repeat(64) });
  await program.again(signup, 'bob');
  const approval = await program.review('bob', 'approved');
  await program.again(approval, 'bob');
  const purchase = await program.act('bob', { value: usd(900n) });
  await program.again(purchase, 'bob');
  await twice(() => program.mature('bob', at(5).getTime()));
  const redemption = await seedRedemption(program.db, program.id, ann.id, { minor: 60n });
  const ref = { programId: program.id, redemptionId: redemption.id, now_ms: at(6).getTime() };
  await twice(() => activities.reserveRedemption({ ...ref, eventId: redemption.eventId }));
  await twice(() => activities.finishRedemption({ ...ref, step: 'settle', reason: null, providerRef: 'p1' }));
  const refund = await program.refund('bob', purchase.key, { at: at(7) });
  await program.again(refund, 'bob');
  const denied = await program.signUp('cat', { code: ann.code, email: 'ann.lee@example.org' });
  await program.again(denied, 'cat');
  return program;
}

test('every step is told once, however often it is repeated, and a subject’s messages in order', async () => {
  const program = await liveTwice();
  const told = await program.db.outbox.findMany({ where: { programId: program.id }, orderBy: { id: 'asc' } });
  expect(told.map(({ type }) => type)).toEqual([
    'referral.invited',
    'referral.expired',
    'referral.in_review',
    'referral.signed_up',
    'referral.qualified',
    'reward.granted',
    'reward.granted',
    'reward.available',
    'redemption.paying',
    'redemption.settled',
    'reward.reversed',
    'referral.rejected',
  ]);
  expect(new Set(told.map(({ key }) => key)).size).toBe(told.length);
});

test('no e-mail address or name of the host’s is in outcomes, messages, traces or signals', async () => {
  const program = await liveTwice();
  const where = { programId: program.id };
  const rows = JSON.stringify(
    [
      await program.db.outbox.findMany({ where }),
      (await program.db.event.findMany({ where })).map(({ outcome, reason }) => ({ outcome, reason })),
      await program.db.reward.findMany({ where }),
      await program.db.referral.findMany({ where, omit: { ipHash: true, mailboxHash: true } }),
      await program.db.redemption.findMany({ where }),
      await program.db.ledgerTransaction.findMany({ where }),
    ],
    (_key, value) => (typeof value === 'bigint' ? value.toString() : value),
  );
  expect(rows.length).toBeGreaterThan(5_000);
  // Ids, hashes and codes are random: only whole words and the whole hash of the address tell a leak.
  expect(rows).not.toMatch(/@|\b(?:lee|ray)\b|mailinator|"bob"|"ann"|"cat"|f{64}/);
});
