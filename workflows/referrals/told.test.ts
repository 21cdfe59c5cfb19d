import { expect, test } from 'vitest';
import type { ReferralSnapshot } from '../../activities/referrals/snapshot.ts';
import { referralWorkflow } from '../../engine/events/workflow-ids.ts';
import { balancesOf } from '../../ledger/balances.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { TASK_QUEUE, useEngine } from '../../tests/support/engine.ts';
import { until } from '../../tests/support/hand-over.ts';
import { DAY_MS } from '../../tests/support/play.ts';
import {
  type EventSeed,
  fixedPolicy,
  referralIdOf,
  seedEvent,
  seedMember,
  seedProgram,
} from '../../tests/support/seed.ts';
import { tellReferrals } from '../../tests/support/tell.ts';
import { currentReferral, tellReferral } from './messages.ts';

const database = useDatabase({ isProved: true });
const engine = useEngine({ database, server: 'dev', pump: false });

/** A program in which Ann refers Bob, whose events are decided without his referral's workflow. */
async function open(policy = fixedPolicy(500n, 0, { earning_days: null })) {
  const { db } = database;
  const programId = await seedProgram(db, policy);
  const ann = await seedMember(db, programId, 'ann');
  const referralId = referralIdOf(programId, 'bob');
  const workflow = engine.client.workflow.getHandle(referralWorkflow(referralId));
  const decide = async (event: EventSeed) => {
    const { id: eventId, type } = {
      ...(await seedEvent(db, programId, { subject: 'bob', ...event })),
      ...event,
    };
    return await engine.activities.keepReferralEvent({
      ...{ programId, referralId, eventId, type, now_ms: Date.now() },
    });
  };
  return {
    ...{ db, programId, referralId, workflow, decide },
    signUp: (at = new Date()) => decide({ type: 'signup', payload: { code: ann.code }, at }),
    tell: () => tellReferrals(engine, db, programId),
    say: (word: ReferralSnapshot) =>
      engine.client.workflow.signalWithStart('referral', {
        ...{ workflowId: workflow.workflowId, taskQueue: TASK_QUEUE, args: [{ programId, referralId }] },
        ...{ signal: tellReferral, signalArgs: [word] },
      }),
    balance: async () => (await balancesOf(db, programId, ann.id))[0],
  };
}

test('a word that comes twice, or after a newer one, changes nothing', async () => {
  const { workflow, decide, signUp, say } = await open();
  const first = await signUp();
  const second = await decide({ type: 'purchase' });
  expect(second.version).toBe((first.version ?? 0) + 1);
  const ahead = { due_at_ms: Date.now() + DAY_MS };
  await say({ ...second, ...ahead });
  await say({ ...first, ...ahead });
  await say({ ...second, ...ahead });
  await until('the words', async () => {
    const { events } = await workflow.fetchHistory();
    return (events ?? []).filter(({ eventType }) => Number(eventType) === 26).length === 3;
  });
  expect(await workflow.query(currentReferral)).toMatchObject({ stage: second.stage });
});

test('a workflow that is told of nothing ahead ends, and one is begun again for what comes', async () => {
  const { workflow, db, programId, decide, signUp, tell } = await open();
  await signUp();
  await tell();
  expect((await workflow.describe()).status.name).toBe('RUNNING');
  await decide({ type: 'purchase', key: 'o1' });
  await tell();
  await until('the end', async () => (await workflow.describe()).status.name === 'COMPLETED');
  expect(await workflow.result()).toMatchObject({ stage: 'rewarded', due_at_ms: null });
  await decide({ type: 'refund', refundOf: 'o1' });
  await tell();
  expect((await workflow.describe()).status.name).toBe('RUNNING');
  expect(await db.referral.findFirst({ where: { programId } })).toMatchObject({ stage: 'signed_up' });
});

test('a process that dies between word and note tells it again, and nothing happens twice', async () => {
  const { db, programId, workflow, signUp, tell } = await open();
  await signUp();
  await tell();
  await db.referral.updateMany({ where: { programId }, data: { tellAt: new Date(0) } });
  await tell();
  expect((await workflow.describe()).status.name).toBe('RUNNING');
  expect(await workflow.query(currentReferral)).toMatchObject({ stage: 'signed_up', version: 1 });
});

test('a workflow that begins with a deadline behind it does what is due', async () => {
  const { db, programId, decide, signUp, tell, balance } = await open(fixedPolicy(500n, 30));
  const at = new Date(Date.now() - 40 * DAY_MS);
  await signUp(at);
  // The process that decided this died before it did what was due.
  await decide({ type: 'purchase', at });
  await tell();
  await until('the maturity', async () => (await balance())?.available_minor === 500n);
  const row = await db.referral.findFirstOrThrow({ where: { programId } });
  expect(row).toMatchObject({ stage: 'rewarded', tellAt: null });
});
