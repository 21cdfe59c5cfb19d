import { ApplicationFailure } from '@temporalio/common';
import { afterAll, describe, expect, test } from 'vitest';
import type { Outcome } from '../../engine/events/outcome.ts';
import { balancesOf } from '../../ledger/balances.ts';
import type { CatalogueItem } from '../../prisma/generated/client.ts';
import { fillPool, seedItem, seedPool, seedRichMember } from '../../tests/support/catalogue.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { DAY_MS, T0_MS, useActivities } from '../../tests/support/play.ts';
import { seedEvent, seedProgram, seedRedemption, testPolicy, usd } from '../../tests/support/seed.ts';

// Fifty that come at once compete for what they ask for, not for connections.
const database = useDatabase({ poolMax: 50, isProved: true });
const activities = useActivities(database);

afterAll(async () => {
  // Stock, codes and balances are locked in one order, whoever comes.
  const [stats] = await database.db.$queryRaw<{ deadlocks: bigint }[]>`
  SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`;
  expect(stats?.deadlocks).toBe(0n);
});

/** As Temporal does: what found no connection in time is tried again. */
async function again<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ApplicationFailure) || error.type !== 'Unavailable') throw error;
    }
  }
}

const plain = {
  min: usd(100n),
  auto_approve_max: usd(500n),
  approval_days: 14,
  methods: ['manual', 'account_credit'],
};

async function open(redemption = testPolicy({ redemption: plain }).redemption) {
  const { db } = database;
  const programId = await seedProgram(db, testPolicy({ redemption }));
  const rich = (name: string, minor = 1_000n) => seedRichMember(db, programId, name, minor);
  const ask = async (
    memberId: string,
    item: CatalogueItem | null,
    minor = item?.priceMinor ?? 100n,
    more = {},
  ) => {
    const { id, eventId } = await seedRedemption(db, programId, memberId, {
      minor,
      method: item?.method ?? 'account_credit',
      ...(item === null ? {} : { itemId: item.id }),
      ...more,
    });
    return { id, eventId, ref: { programId, redemptionId: id, now_ms: T0_MS } };
  };
  type Asked = Awaited<ReturnType<typeof ask>>;
  const reserve = async ({ ref, eventId }: Asked) => {
    const snapshot = await again(() => activities.reserveRedemption({ ...ref, eventId }));
    const event = await db.event.findFirstOrThrow({ where: { id: eventId } });
    return { snapshot, outcome: event.outcome as unknown as Outcome };
  };
  const finish = ({ ref }: Asked, step: 'settle' | 'release') =>
    activities.finishRedemption({ ...ref, step, reason: null, providerRef: null });
  const stockOf = async ({ id }: CatalogueItem) =>
    (await db.catalogueItem.findFirstOrThrow({ where: { id } })).stock;
  const codes = (itemId: string) => db.couponCode.findMany({ where: { itemId }, orderBy: { id: 'asc' } });
  const balance = async (memberId: string) => (await balancesOf(db, programId, memberId))[0];
  return { db, programId, rich, ask, reserve, finish, stockOf, codes, balance };
}

describe('a stock', () => {
  test('of 7 that 50 ask for at once goes to exactly 7, and the others keep their balance', {
    timeout: 120_000,
  }, async () => {
    const { programId, db, rich, ask, reserve, stockOf } = await open();
    const item = await seedItem(db, programId, { stock: 7 });
    const members = await Promise.all(Array.from({ length: 50 }, (_, n) => rich(`m${n}`)));
    const asked = await Promise.all(members.map((member) => ask(member, item)));
    const answers = await Promise.all(asked.map(reserve));
    expect(answers.filter(({ outcome }) => outcome.decision === 'accepted')).toHaveLength(7);
    const refused = answers.filter(({ outcome }) => outcome.decision === 'refused');
    expect(new Set(refused.map(({ outcome }) => outcome.code))).toEqual(new Set(['out_of_stock']));
    expect(await stockOf(item)).toBe(0);
    const reserved = await db.ledgerTransaction.count({ where: { programId, intent: 'reserve' } });
    expect(reserved).toBe(7);
  });

  test('is taken from once and given back once, however often both are repeated', async () => {
    const { programId, db, rich, ask, reserve, finish, stockOf, balance } = await open();
    const item = await seedItem(db, programId, { stock: 3 });
    const ann = await rich('ann');
    const asked = await ask(ann, item);
    await Promise.all(Array.from({ length: 10 }, () => reserve(asked)));
    expect(await stockOf(item)).toBe(2);
    await Promise.all(Array.from({ length: 10 }, () => finish(asked, 'release')));
    await finish(asked, 'settle');
    expect(await stockOf(item)).toBe(3);
    expect(await balance(ann)).toMatchObject({ available_minor: 1_000n, reserved_minor: 0n });
  });

  test('keeps its unit when the balance is too small', async () => {
    const { programId, db, rich, ask, reserve, stockOf } = await open();
    const item = await seedItem(db, programId, { stock: 1, priceMinor: 2_000n });
    const { outcome } = await reserve(await ask(await rich('ann'), item));
    expect(outcome).toMatchObject({ decision: 'refused', code: 'insufficient_balance' });
    expect(await stockOf(item)).toBe(1);
  });

  test('cannot fall below zero, whoever writes', async () => {
    const { programId, db } = await open();
    const item = await seedItem(db, programId, { stock: 0 });
    const take = db.$executeRaw`UPDATE catalogue_items SET stock = stock - 1 WHERE id = ${item.id}::uuid`;
    await expect(take).rejects.toThrow();
  });
});

describe('a coupon pool', () => {
  test('of 7 that 50 ask for at once gives 7 members a code each, and no code twice', {
    timeout: 120_000,
  }, async () => {
    const { programId, db, rich, ask, reserve, codes } = await open();
    const pool = await seedPool(db, programId, 7);
    // Every fifth cannot pay: what such a one had locked must go to somebody else.
    const members = await Promise.all(
      Array.from({ length: 50 }, (_, n) => rich(`m${n}`, n % 5 === 0 ? 50n : 1_000n)),
    );
    const asked = await Promise.all(members.map((member) => ask(member, pool)));
    const answers = await Promise.all(asked.map(reserve));
    expect(answers.filter(({ outcome }) => outcome.decision === 'accepted')).toHaveLength(7);
    const taken = (await codes(pool.id)).map(({ redemptionId }) => redemptionId);
    expect(taken).not.toContain(null);
    expect(new Set(taken).size).toBe(7);
  });

  test('pays by its code, which stands nowhere in the clear', async () => {
    const { programId, db, rich, ask, reserve, codes, finish } = await open();
    const pool = await seedPool(db, programId, 1);
    const asked = await ask(await rich('ann'), pool);
    await reserve(asked);
    const [code] = await codes(pool.id);
    expect(await activities.payRedemption(asked.ref)).toEqual({ result: 'paid', ref: `coupon:${code?.id}` });
    await finish(asked, 'settle');
    const told = await db.outbox.findMany({ where: { programId } });
    expect(
      JSON.stringify([code, told], (_key, item) => (typeof item === 'bigint' ? String(item) : item)),
    ).not.toContain('CODE-');
  });

  test('gets a code back from who was turned down, but not one that was seen', async () => {
    const { programId, db, rich, ask, reserve, codes, finish } = await open();
    const pool = await seedPool(db, programId, 1);
    const first = await ask(await rich('ann'), pool);
    await reserve(first);
    await finish(first, 'release');
    expect((await codes(pool.id))[0]).toMatchObject({ redemptionId: null, takenAt: null });
    const second = await ask(await rich('bob'), pool);
    await reserve(second);
    await db.couponCode.updateMany({ where: { itemId: pool.id }, data: { shownAt: new Date() } });
    await finish(second, 'release');
    expect((await codes(pool.id))[0]).toMatchObject({ redemptionId: second.id });
    const steal = db.couponCode.updateMany({ where: { itemId: pool.id }, data: { redemptionId: first.id } });
    await expect(steal).rejects.toThrow();
  });

  test('takes a code once, in whatever pool of the program it came first', async () => {
    const { programId, db, codes } = await open();
    const [one, two] = [await seedPool(db, programId, 0), await seedPool(db, programId, 0)];
    expect(await fillPool(db, programId, one.id, ['A1', 'A2', 'A1'])).toMatchObject({
      added: 2,
      duplicates: 1,
    });
    const both = await Promise.all([
      fillPool(db, programId, two.id, ['A2', 'A3']),
      fillPool(db, programId, one.id, ['A3', 'A1']),
    ]);
    expect(both.reduce((sum, { added }) => sum + added, 0)).toBe(1);
    expect([...(await codes(one.id)), ...(await codes(two.id))]).toHaveLength(3);
  });
});

describe('who may have it is decided when it is reserved', () => {
  test('a limit of one holds for ten at once, and a redemption that was given back does not count', async () => {
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
    ...plain,
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

  test('of redemptions at once, those that together exceed the sum of a day wait for an operator', async () => {
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
