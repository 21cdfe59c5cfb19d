import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import { balancesOf } from '../../ledger/balances.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { engageProgram, grantTo, tellMember } from '../../tests/support/engage.ts';
import { startEngine, type TestEngine } from '../../tests/support/engine.ts';
import { handOver, until } from '../../tests/support/hand-over.ts';
import { DAY_MS } from '../../tests/support/play.ts';
import { seedMember, seedProgram } from '../../tests/support/seed.ts';
import type { MemberState } from './messages.ts';

const database = useDatabase({ isProved: true });

async function open() {
  const { db } = database;
  const programId = await seedProgram(db);
  await engageProgram(db, programId);
  const { id: memberId } = await seedMember(db, programId, 'ann');
  const told = async () => {
    const events = await db.event.findMany({ where: { programId, type: 'member.told', state: 'pending' } });
    return events.map(({ id, type }) => ({ eventId: id, type }));
  };
  return { db, programId, memberId, workflowId: `member-${memberId}`, told };
}

async function withEngine(
  options: Omit<Parameters<typeof startEngine>[0], 'database'>,
  run: (engine: TestEngine) => Promise<void>,
): Promise<void> {
  const engine = await startEngine({ database, ...options });
  try {
    await run(engine);
  } finally {
    await engine.close();
  }
}

test('a member’s workflow matures a hold of thirty days in its time, ends, and starts again', async () => {
  await withEngine({ server: 'skipping', pump: false }, async (engine) => {
    const { db, programId, memberId, workflowId, told } = await open();
    const start_ms = await engine.env.currentTimeMs();
    const now = { occurred_at_ms: start_ms, now_ms: start_ms };
    await grantTo(db, { programId, memberId, key: 'thanks:1', hold_days: 30, ...now });
    const hand = async () => await handOver(engine, programId, workflowId, await told());
    const first = (await (await hand()).result()) as MemberState;
    expect(first).toEqual({ events: 1, due_at_ms: null });
    expect(await engine.env.currentTimeMs()).toBeGreaterThanOrEqual(start_ms + 30 * DAY_MS);
    expect((await balancesOf(db, programId, memberId))[0]).toMatchObject({
      pending_minor: 0n,
      available_minor: 500n,
    });
    const again = (await (await hand()).result()) as MemberState;
    expect(again).toEqual({ events: 1, due_at_ms: null });
    expect(
      await db.event.count({ where: { programId, type: 'member.told', state: { not: 'decided' } } }),
    ).toBe(0);
  });
});

test('a member’s workflow that continues as new again and again takes every event once', async () => {
  await withEngine({ server: 'dev', pump: true, continueAsNewAfter: 12 }, async (engine) => {
    const { db, programId, memberId, workflowId } = await open();
    const far = { occurred_at_ms: Date.now(), now_ms: Date.now(), hold_days: 30 };
    await grantTo(db, { programId, memberId, key: 'thanks:1', ...far });
    const where = { programId, type: 'member.told' };
    await until('the first', () => db.event.findFirst({ where: { ...where, state: 'decided' } }));
    const handle = engine.client.workflow.getHandle(workflowId);
    const { runId } = await handle.describe();
    for (let nth = 0; nth < 30; nth++) {
      await tellMember(db, programId, memberId, `news:${nth}`);
      // Now and then the workflow comes to rest, and now and then signals meet its change of runs.
      if (nth % 5 === 0) await new Promise((resolve) => setTimeout(resolve, 200));
    }
    await until(
      'all of them',
      async () => (await db.event.count({ where: { ...where, state: 'decided' } })) === 31,
    );
    const described = await handle.describe();
    expect(described.runId).not.toBe(runId);
    expect(described.status.name).toBe('RUNNING');
    expect(described.searchAttributes['MemberId']).toEqual([memberId]);
  });
});

test('a member’s workflow with nothing left to wait for ends, however long its history is', async () => {
  await withEngine({ server: 'dev', pump: false, continueAsNewAfter: 3 }, async (engine) => {
    const { db, programId, memberId, workflowId, told } = await open();
    await tellMember(db, programId, memberId, 'news:1');
    const run = await handOver(engine, programId, workflowId, await told());
    expect(await run.result()).toEqual({ events: 1, due_at_ms: null });
    expect(await db.event.count({ where: { programId, state: { not: 'decided' } } })).toBe(0);
  });
});

test('a batch that no try can handle is parked with its reason, and the workflow goes on', async () => {
  const wrap = (activities: TestEngine['activities']) => ({
    ...activities,
    keepMember: () => Promise.reject(ApplicationFailure.nonRetryable('this never works', 'Bug')),
  });
  await withEngine({ server: 'skipping', pump: false, wrap }, async (engine) => {
    const { db, programId, memberId, workflowId, told } = await open();
    await tellMember(db, programId, memberId, 'news:1');
    const run = await handOver(engine, programId, workflowId, await told());
    expect(await run.result()).toEqual({ events: 1, due_at_ms: null });
    const parked = await db.event.findFirst({ where: { programId, state: 'parked' } });
    expect(parked?.reason).toContain('this never works');
  });
});
