import { expect, test } from 'vitest';
import type { Outcome } from '../../engine/events/outcome.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { at, playProgram, T0_MS, useActivities } from '../../tests/support/play.ts';
import { seedEvent, seedRedemption, testPolicy, testRule, usd } from '../../tests/support/seed.ts';

const database = useDatabase({ isProved: true });
const activities = useActivities(database);

const policy = testPolicy({
  rules: [testRule({ benefit: { kind: 'fixed', amount: usd(1_000n) }, expires_days: 30 })],
  redemption: {
    min: usd(100n),
    auto_approve_max: usd(500n),
    approval_days: 14,
    methods: ['manual', 'account_credit'],
  },
});

/** Ann with 1,000 cents to spend. */
async function open() {
  const program = await playProgram(database, activities, policy);
  const ann = await program.member('ann');
  await program.signUp('bob', { code: ann.code });
  await program.act('bob');
  const outcomeOf = async (id: string) =>
    (await program.db.event.findFirstOrThrow({ where: { id } })).outcome as unknown as Outcome;
  const ask = async (minor: bigint, method?: string) => {
    const { id, eventId } = await seedRedemption(program.db, program.id, ann.id, {
      minor,
      ...(method === undefined ? {} : { method }),
    });
    const ref = { programId: program.id, redemptionId: id, now_ms: T0_MS };
    const snapshot = await activities.reserveRedemption({ ...ref, eventId });
    const command = async (name: string, payload = {}) => {
      const event = await seedEvent(program.db, program.id, { type: `redemption.${name}`, payload });
      const after = await activities.decideRedemption({ ...ref, eventId: event.id });
      return { snapshot: after, outcome: await outcomeOf(event.id) };
    };
    return { id, eventId, ref, snapshot, outcome: await outcomeOf(eventId), command };
  };
  return { program, ann, ask, balance: () => program.balance(ann.id) };
}

test('a redemption of more than the balance is refused and reserves nothing', async () => {
  const { ask, balance } = await open();
  const { snapshot, outcome } = await ask(1_001n);
  expect(outcome).toMatchObject({ decision: 'refused', code: 'insufficient_balance', stage: 'refused' });
  expect(snapshot).toMatchObject({ status: 'refused', reason: 'insufficient_balance' });
  expect(await balance()).toMatchObject({ available_minor: 1_000n, reserved_minor: 0n });
});

test('a small redemption needs no operator: it is reserved, paid by account credit and settled', async () => {
  const { program, ask, balance } = await open();
  const { snapshot, ref, id } = await ask(500n);
  expect(snapshot).toMatchObject({ status: 'paying', due_at_ms: null });
  expect(await balance()).toMatchObject({ available_minor: 500n, reserved_minor: 500n });
  const paid = await activities.payRedemption(ref);
  expect(paid).toEqual({ result: 'paid', ref: `account_credit:${id}` });
  const end = { ...ref, step: 'settle' as const, reason: null, providerRef: `account_credit:${id}` };
  expect(await activities.finishRedemption(end)).toMatchObject({ status: 'settled' });
  expect(await balance()).toMatchObject({ available_minor: 500n, reserved_minor: 0n });
  const row = await program.db.redemption.findFirstOrThrow({ where: { id } });
  expect(row.providerRef).toBe(`account_credit:${id}`);
});

test('a larger redemption waits for an operator, who approves it', async () => {
  const { program, ask } = await open();
  const { snapshot, command, id } = await ask(501n);
  expect(snapshot).toMatchObject({ status: 'awaiting_approval', due_at_ms: at(14).getTime() });
  const approved = await command('approved', { actor: 'key-1' });
  expect(approved.outcome).toMatchObject({ decision: 'accepted', stage: 'paying' });
  expect((await program.db.redemption.findFirstOrThrow({ where: { id } })).approvedBy).toBe('key-1');
});

test('an operator’s rejection gives back the very lots that were reserved', async () => {
  const { program, ann, ask, balance } = await open();
  const lots = () =>
    program.db.ledgerLot.findMany({
      where: { account: { programId: program.id, memberId: ann.id } },
      orderBy: { id: 'asc' },
      select: { id: true, remainingMinor: true, expiresAt: true, open: true },
    });
  const before = await lots();
  const { command } = await ask(600n);
  expect((await lots())[0]).toMatchObject({ remainingMinor: 400n });
  const rejected = await command('rejected');
  expect(rejected.snapshot).toMatchObject({ status: 'released', reason: 'operator_refused' });
  expect(await lots()).toEqual(before);
  expect(await balance()).toMatchObject({ available_minor: 1_000n, reserved_minor: 0n });
});

test('a method that pays by hand asks an operator, whose word settles it', async () => {
  const { ask, balance } = await open();
  const { ref, command } = await ask(300n, 'manual');
  const paid = await activities.payRedemption(ref);
  expect(paid).toMatchObject({ result: 'operator' });
  const end = { ...ref, step: 'escalate' as const, reason: 'to be paid by hand', providerRef: null };
  expect(await activities.finishRedemption(end)).toMatchObject({ status: 'needs_operator' });
  expect(await activities.finishRedemption(end)).toMatchObject({ status: 'needs_operator' });
  expect((await command('paid', { providerRef: 'bank-7' })).snapshot.status).toBe('settled');
  expect(await balance()).toMatchObject({ available_minor: 700n, reserved_minor: 0n });
});

test('an operator’s word that a payout failed gives the amount back', async () => {
  const { ask, balance } = await open();
  const { ref, command } = await ask(300n, 'manual');
  await activities.finishRedemption({ ...ref, step: 'escalate', reason: 'unknown', providerRef: null });
  expect((await command('failed')).snapshot.status).toBe('released');
  expect(await balance()).toMatchObject({ available_minor: 1_000n, reserved_minor: 0n });
});

test('how a payout ended is not an operator’s to say before the operator is asked', async () => {
  const { ask, balance } = await open();
  const { command } = await ask(300n);
  for (const name of ['paid', 'failed', 'approved', 'rejected']) {
    expect((await command(name)).outcome).toMatchObject({ decision: 'refused', code: 'stage_forbids' });
  }
  expect(await balance()).toMatchObject({ reserved_minor: 300n });
});

test('a redemption that has ended refuses every command and is never settled twice', async () => {
  const { ask, balance, program } = await open();
  const { ref, command } = await ask(300n);
  const settle = { ...ref, step: 'settle' as const, reason: null, providerRef: 'p1' };
  await Promise.all(Array.from({ length: 10 }, () => activities.finishRedemption(settle)));
  await activities.finishRedemption({ ...ref, step: 'release', reason: 'late', providerRef: null });
  for (const name of ['paid', 'failed', 'approved', 'rejected']) {
    expect((await command(name)).outcome).toMatchObject({ decision: 'refused', code: 'redemption_ended' });
  }
  expect(await balance()).toMatchObject({ available_minor: 700n, reserved_minor: 0n });
  const settled = await program.db.ledgerTransaction.count({
    where: { programId: program.id, intent: 'settle' },
  });
  expect(settled).toBe(1);
});

test('20 redemptions at once never spend more than the balance', async () => {
  const { ask, balance } = await open();
  const asked = await Promise.all(Array.from({ length: 20 }, () => ask(150n)));
  expect(asked.filter(({ outcome }) => outcome.decision === 'accepted')).toHaveLength(6);
  expect(await balance()).toMatchObject({ available_minor: 100n, reserved_minor: 900n });
});

test('one request decided 20 times at once reserves once', async () => {
  const { ask, balance } = await open();
  const { ref, eventId } = await ask(300n);
  await Promise.all(Array.from({ length: 20 }, () => activities.reserveRedemption({ ...ref, eventId })));
  expect(await balance()).toMatchObject({ available_minor: 700n, reserved_minor: 300n });
});

test('a method that no provider serves is refused, so that the amount goes back', async () => {
  const { ask } = await open();
  const { ref } = await ask(300n, 'carrier_pigeon');
  expect(await activities.payRedemption(ref)).toEqual({ result: 'refused', reason: 'method_unknown' });
});
