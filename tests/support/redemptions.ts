import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { beforeEach, expect, test } from 'vitest';
import type { Activities } from '../../activities/create.ts';
import { balancesOf } from '../../ledger/balances.ts';
import { useDatabase } from './database.ts';
import { useEngine } from './engine.ts';
import { handOver, outcomeOf, store, until } from './hand-over.ts';
import { DAY_MS, type ProgramPlay, playProgram, testActivities } from './play.ts';
import { type SeededMember, seedRedemption, testPolicy, testRule, usd } from './seed.ts';

type Pay = Activities['payRedemption'];

const policy = testPolicy({
  rules: [testRule({ benefit: { kind: 'fixed', amount: usd(1_000n) } })],
  redemption: {
    min: usd(100n),
    auto_approve_max: usd(500n),
    approval_days: 14,
    methods: ['manual', 'account_credit'],
  },
});

/** Fails like a provider that cannot be reached. */
const away: Pay = () => Promise.reject(ApplicationFailure.retryable('the provider is away', 'Unavailable'));

/** Every way a redemption's workflow can go, in skipped time. */
export function redemptionScenarios(maxCachedWorkflows: number): void {
  let program: ProgramPlay;
  let ann: SeededMember;
  /** What a test wants of the provider; null: the real one. */
  let pay: Pay | null = null;

  const database = useDatabase({ isProved: true });
  const wrap = (real: Activities): Activities => ({
    ...real,
    payRedemption: (ref) => (pay ?? real.payRedemption)(ref),
  });
  const engine = useEngine({ database, server: 'skipping', pump: false, maxCachedWorkflows, wrap });

  beforeEach(async () => {
    pay = null;
    program = await playProgram(database, testActivities(database), policy);
    ann = await program.member('ann');
    await program.signUp('bob', { code: ann.code });
    await program.act('bob');
  });

  async function ask(minor: bigint, method = 'account_credit') {
    const { id, eventId } = await seedRedemption(database.db, program.id, ann.id, { minor, method });
    const workflowId = `redemption-${id}`;
    const give = (deliveries: { eventId: string; type: string }[]): Promise<WorkflowHandle> =>
      handOver(engine, program.id, workflowId, deliveries);
    const handle = await give([{ eventId, type: 'redemption.requested' }]);
    const tell = async (name: string) => {
      const { eventId: answerId, type } = await store(database.db, program.id, {
        type: `redemption.${name}`,
        workflowId,
      });
      return { answerId, handle: await give([{ eventId: answerId, type }]) };
    };
    const status = (wanted: string) =>
      until(`status ${wanted}`, async () => {
        const row = await database.db.redemption.findFirstOrThrow({ where: { id } });
        return row.status === wanted && row;
      });
    return { id, handle, tell, status, requested: eventId };
  }

  const balance = async () => (await balancesOf(database.db, program.id, ann.id))[0];

  test('a small redemption is paid and settled by itself', async () => {
    const { handle } = await ask(500n);
    expect(await handle.result()).toMatchObject({ status: 'settled' });
    expect(await balance()).toMatchObject({ available_minor: 500n, reserved_minor: 0n });
  });

  test('a redemption that exceeds the balance is refused and ends', async () => {
    const { handle } = await ask(1_500n);
    expect(await handle.result()).toMatchObject({ status: 'refused', reason: 'insufficient_balance' });
    expect(await balance()).toMatchObject({ available_minor: 1_000n, reserved_minor: 0n });
  });

  test('a larger redemption is paid once an operator approves it', async () => {
    const { tell } = await ask(800n);
    const { handle } = await tell('approved');
    expect(await handle.result()).toMatchObject({ status: 'settled' });
    expect(await balance()).toMatchObject({ available_minor: 200n, reserved_minor: 0n });
  });

  test('a redemption that an operator rejects is released', async () => {
    const { tell } = await ask(800n);
    const { handle } = await tell('rejected');
    expect(await handle.result()).toMatchObject({ status: 'released', reason: 'operator_refused' });
    expect(await balance()).toMatchObject({ available_minor: 1_000n, reserved_minor: 0n });
  });

  test('a redemption that nobody approves in time is released, and approval then is refused', async () => {
    const start_ms = await engine.env.currentTimeMs();
    const { handle, tell } = await ask(800n);
    expect(await handle.result()).toMatchObject({ status: 'released', reason: 'approval_timed_out' });
    expect((await engine.env.currentTimeMs()) - start_ms).toBeGreaterThanOrEqual(14 * DAY_MS);
    expect(await balance()).toMatchObject({ available_minor: 1_000n, reserved_minor: 0n });
    const late = await tell('approved');
    expect(await late.handle.result()).toMatchObject({ status: 'released' });
    expect(await outcomeOf(database.db, late.answerId)).toMatchObject({
      decision: 'refused',
      code: 'redemption_ended',
    });
  });

  test('a redemption that is cancelled before it is approved is released', async () => {
    const { handle, status, requested } = await ask(800n);
    await outcomeOf(database.db, requested);
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();
    expect(await status('released')).toMatchObject({ reason: 'cancelled' });
    expect(await balance()).toMatchObject({ available_minor: 1_000n, reserved_minor: 0n });
  });

  test('a provider that fails for a while is asked again under the same id, and pays once', async () => {
    const asked: string[] = [];
    pay = async (ref) => {
      asked.push(ref.redemptionId);
      if (asked.length < 4) return await away(ref);
      return { result: 'paid', ref: 'p1' };
    };
    const { handle, id } = await ask(300n);
    expect(await handle.result()).toMatchObject({ status: 'settled' });
    expect(asked).toEqual([id, id, id, id]);
    expect(await balance()).toMatchObject({ available_minor: 700n, reserved_minor: 0n });
  });

  test('a provider that refuses makes the redemption be released', async () => {
    pay = async () => ({ result: 'refused', reason: 'account_closed' });
    const { handle } = await ask(300n);
    expect(await handle.result()).toMatchObject({ status: 'released', reason: 'account_closed' });
    expect(await balance()).toMatchObject({ available_minor: 1_000n, reserved_minor: 0n });
  });

  test('a silent provider leaves the money reserved until an operator says it was paid', async () => {
    pay = away;
    const { status, tell } = await ask(300n);
    await engine.env.sleep(DAY_MS);
    expect(await status('needs_operator')).toMatchObject({ reason: 'the provider did not answer' });
    expect(await balance()).toMatchObject({ available_minor: 700n, reserved_minor: 300n });
    const { handle } = await tell('paid');
    expect(await handle.result()).toMatchObject({ status: 'settled' });
    expect(await balance()).toMatchObject({ available_minor: 700n, reserved_minor: 0n });
  });

  test('a payout that an operator says has failed is released', async () => {
    const { status, tell } = await ask(300n, 'manual');
    await status('needs_operator');
    const { handle } = await tell('failed');
    expect(await handle.result()).toMatchObject({ status: 'released' });
    expect(await balance()).toMatchObject({ available_minor: 1_000n, reserved_minor: 0n });
  });

  test('a redemption that is cancelled while the provider is asked is never released by itself', async () => {
    let asked = 0;
    pay = (ref) => {
      asked += 1;
      return away(ref);
    };
    const { handle, status, tell } = await ask(300n);
    await until('the provider to be asked', async () => asked > 0);
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();
    expect(await status('needs_operator')).toMatchObject({ reason: 'cancelled' });
    expect(await balance()).toMatchObject({ reserved_minor: 300n });
    const { handle: second } = await tell('failed');
    expect(await second.result()).toMatchObject({ status: 'released' });
    expect(await balance()).toMatchObject({ available_minor: 1_000n, reserved_minor: 0n });
  });
}
