import { describe, expect, test } from 'vitest';
import type { CatalogueItem } from '../../prisma/generated/client.ts';
import { seedItem } from '../../tests/support/catalogue.ts';
import { DAY_MS, T0_MS } from '../../tests/support/play.ts';
import { seedEvent, usd } from '../../tests/support/seed.ts';
import { PLAIN_REDEMPTION, useCatalogue } from '../../tests/support/stocked-catalogue.ts';

const { activities, open } = useCatalogue();

describe('who may have it is decided when it is reserved', () => {
  test('a limit of one holds for ten at once, and what was given back does not count', async () => {
    const { programId, db, rich, ask, reserve, finish } = await open();
    const item = await seedItem(db, programId, { memberLimit: 1 });
    const ann = await rich('ann');
    const asked = await Promise.all(Array.from({ length: 10 }, () => ask(ann, item)));
    const answers = await Promise.all(asked.map(reserve));
    expect(answers.filter(({ outcome }) => outcome.decision === 'accepted')).toHaveLength(1);
    expect(answers.find(({ outcome }) => outcome.code === 'limit_reached')).toBeDefined();
    const winner = asked[answers.findIndex(({ outcome }) => outcome.decision === 'accepted')];
    if (winner === undefined) throw new Error('nobody won');
    await finish(winner, 'release');
    expect((await reserve(await ask(ann, item))).outcome.decision).toBe('accepted');
  });

  test.each<[string, Partial<CatalogueItem>, string]>([
    ['was switched off meanwhile', { active: false }, 'item_inactive'],
    ['has ended meanwhile', { endsAt: new Date(T0_MS) }, 'item_inactive'],
    ['is for who holds a badge', { badge: 'friend' }, 'not_eligible'],
    ['is for a level', { minLevel: 1 }, 'not_eligible'],
  ])('an item that %s is refused, and nothing is set aside', async (_what, change, code) => {
    const { programId, db, rich, ask, reserve, balance } = await open();
    const item = await seedItem(db, programId, change);
    const ann = await rich('ann');
    const { outcome, snapshot } = await reserve(await ask(ann, item));
    expect(outcome).toMatchObject({ decision: 'refused', code });
    expect(snapshot).toMatchObject({ status: 'refused', reason: code });
    expect(await balance(ann)).toMatchObject({ available_minor: 1_000n, reserved_minor: 0n });
  });
});

test('the fee of a cash-out goes to the program, and the rest is paid', async () => {
  const { programId, db, rich, ask, reserve, finish, balance } = await open();
  const cash = { kind: 'cash_out' as const, priceMinor: null, minMinor: 100n, feeMinor: 10n, feeBp: 100 };
  const item = await seedItem(db, programId, cash);
  const ann = await rich('ann');
  const asked = await ask(ann, item, 400n, { feeMinor: 14n });
  await reserve(asked);
  await finish(asked, 'settle');
  await finish(asked, 'settle');
  expect(await balance(ann)).toMatchObject({ available_minor: 600n, reserved_minor: 0n });
  const accounts = await db.ledgerAccount.findMany({
    where: { programId, memberId: null },
    include: { balance: true },
  });
  const minorOf = (kind: string) => accounts.find((account) => account.kind === kind)?.balance?.balanceMinor;
  expect([minorOf('paid_out'), minorOf('breakage')]).toEqual([386n, 14n]);
});

describe('who approves', () => {
  const risky = {
    ...PLAIN_REDEMPTION,
    approval: {
      auto_max: [{ kind: 'item' as const, max: usd(200n) }],
      risk: { fraud_score_at: 40, account_days_min: 30, day_max: [usd(400n)] },
    },
  };
  const old = { createdAt: new Date(T0_MS - 60 * DAY_MS) };

  test('an operator looks at a young account, and the redemption says why', async () => {
    const { db, rich, ask, reserve } = await open(risky);
    const ann = await rich('ann');
    await db.member.updateMany({ where: { id: ann }, data: { createdAt: new Date(T0_MS - 3 * DAY_MS) } });
    const asked = await ask(ann, null);
    expect((await reserve(asked)).snapshot.status).toBe('awaiting_approval');
    const row = await db.redemption.findFirstOrThrow({ where: { id: asked.id } });
    expect(row.approval).toMatchObject({ who: 'operator' });
    expect(row.approval).toHaveProperty(
      'steps',
      expect.arrayContaining([{ step: 'account_days', passed: false, result: '3' }]),
    );
  });

  test('of redemptions at once, those that exceed a day’s sum wait for an operator', async () => {
    const { db, rich, ask, reserve } = await open(risky);
    const ann = await rich('ann');
    await db.member.updateMany({ where: { id: ann }, data: old });
    const asked = await Promise.all(Array.from({ length: 6 }, () => ask(ann, null)));
    const statuses = (await Promise.all(asked.map(reserve))).map(({ snapshot }) => snapshot.status);
    expect(statuses.filter((status) => status === 'paying')).toHaveLength(4);
    expect(statuses.filter((status) => status === 'awaiting_approval')).toHaveLength(2);
  });

  test('a limit of the item’s kind goes before the policy’s', async () => {
    const { programId, db, rich, ask, reserve } = await open(risky);
    const ann = await rich('ann');
    await db.member.updateMany({ where: { id: ann }, data: old });
    const item = await seedItem(db, programId, { priceMinor: 300n });
    expect((await reserve(await ask(ann, item))).snapshot.status).toBe('awaiting_approval');
  });
});

test('every question to a provider is on record, with its answer or without one', async () => {
  const { db, rich, ask, reserve } = await open();
  const asked = await ask(await rich('ann'), null);
  await reserve(asked);
  await activities.payRedemption(asked.ref);
  await activities.payRedemption(asked.ref);
  const attempts = await db.redemptionAttempt.findMany({ where: { redemptionId: asked.id } });
  expect(attempts).toMatchObject([
    { result: 'paid', method: 'account_credit', providerRef: `account_credit:${asked.id}` },
    { result: 'paid' },
  ]);
});

test('a command that says how a payout ended gives the stock back, too', async () => {
  const { programId, db, rich, ask, reserve, stockOf } = await open();
  const item = await seedItem(db, programId, { stock: 1 });
  const asked = await ask(await rich('ann'), item);
  await reserve(asked);
  await activities.finishRedemption({ ...asked.ref, step: 'escalate', reason: 'by hand', providerRef: null });
  const failed = await seedEvent(db, programId, { type: 'redemption.failed' });
  await activities.decideRedemption({ ...asked.ref, eventId: failed.id });
  await activities.decideRedemption({ ...asked.ref, eventId: failed.id });
  expect(await stockOf(item)).toBe(1);
});
