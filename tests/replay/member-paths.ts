import { expect } from 'vitest';
import { currentMember } from '../../workflows/members/messages.ts';
import { engageProgram, grantTo, tellMember } from '../support/engage.ts';
import { outcomeOf, until } from '../support/hand-over.ts';
import { pointRule, pointsPolicy } from '../support/points.ts';
import { publishPolicy, usd } from '../support/seed.ts';
import type { Run, Walk } from './walk.ts';

const workflowIdOf = ({ ann }: Walk) => `member-${ann.id}`;

/** Hands Ann's workflow all that waits for her, as the pump does. */
async function giveTold(walk: Walk) {
  const told = await walk.program.db.event.findMany({
    where: { programId: walk.program.id, workflowId: workflowIdOf(walk), state: 'pending' },
    orderBy: { seq: 'asc' },
  });
  return await walk.give(workflowIdOf(walk), ...told.map(({ id, type }) => ({ eventId: id, type })));
}

async function openMember(walk: Walk): Promise<void> {
  await engageProgram(walk.program.db, walk.program.id);
}

/** Ann is told something that nothing follows from. */
async function told(walk: Walk): Promise<Run> {
  await openMember(walk);
  await tellMember(walk.program.db, walk.program.id, walk.ann.id, 'news');
  const handle = await giveTold(walk);
  await handle.result();
  return handle;
}

const grantHeld = async (walk: Walk, now_ms: number, hold_days: number) => {
  const { program, ann } = walk;
  await openMember(walk);
  const when = { occurred_at_ms: now_ms, now_ms, hold_days };
  await grantTo(program.db, { programId: program.id, memberId: ann.id, key: 'thanks', ...when });
};

/** What Ann was granted is held for thirty days, and her workflow waits for them. */
async function matured(walk: Walk): Promise<Run> {
  await grantHeld(walk, walk.start_ms, 30);
  const handle = await giveTold(walk);
  await handle.result();
  return handle;
}

/** Ann contributes twice, which is an achievement, and is told what it earned. */
async function achieved(walk: Walk): Promise<Run> {
  const achievement = {
    id: 'second',
    name: 'Second time',
    test: { kind: 'nth', event: 'contribution', count: 2 },
    benefit: { kind: 'credit', amount: usd(100n) },
    repeatable: false,
  } as const;
  const { program } = walk;
  await openMember(walk);
  const policy = pointsPolicy({ rules: [pointRule({ expires_days: 365 })], achievements: [achievement] });
  await publishPolicy(program.db, program.id, policy, 2);
  const workflowId = workflowIdOf(walk);
  for (let time = 0; time < 2; time += 1) {
    await walk.keep({ type: 'contribution', subject: 'ann', workflowId });
  }
  const handle = await giveTold(walk);
  await handle.result();
  return handle;
}

/** Ann is blocked, and what she had on hold is cancelled as the block ends. */
async function blocked(walk: Walk): Promise<Run> {
  await grantHeld(walk, walk.start_ms, 30);
  const workflowId = workflowIdOf(walk);
  const word = { actor: 'key:1', note: 'A reason.' };
  await walk.keep({ type: 'member.blocked', workflowId, payload: word });
  await walk.keep({ type: 'member.unblocked', workflowId, payload: { ...word, pending: 'cancel' } });
  const handle = await giveTold(walk);
  await handle.result();
  return handle;
}

/** An operator grants Ann something, holds it, lets it go and takes it back. */
async function corrected(walk: Walk): Promise<Run> {
  const { db, id: programId } = walk.program;
  const workflowId = workflowIdOf(walk);
  const gift = { kind: 'fixed', minor: '500', unit: 'USD', holdDays: '30' };
  const command = async (type: string, payload: Readonly<Record<string, unknown>>) => {
    const event = await walk.keep({ type, workflowId, payload });
    const handle = await walk.give(workflowId, event);
    expect(await outcomeOf(db, event.eventId)).toMatchObject({ decision: 'accepted' });
    return handle;
  };
  await command('reward.given', gift);
  const { id: rewardId } = await db.reward.findFirstOrThrow({ where: { programId } });
  await command('reward.held', { rewardId });
  await command('reward.released', { rewardId });
  const handle = await command('reward.taken_back', { rewardId });
  await handle.result();
  return handle;
}

/** Every way that a member's workflow goes, in skipped time. */
export const MEMBER_PATHS: Readonly<Record<string, (walk: Walk) => Promise<Run>>> = {
  'member-told': told,
  'member-matured': matured,
  'member-achieved': achieved,
  'member-blocked': blocked,
  'member-corrected': corrected,
};

/**
 * A member's workflow whose first run hands to a second one what is held for a moment. Needs a server that
 * suggests it early.
 */
export async function memberContinuedAsNew(walk: Walk): Promise<readonly [first: Run, last: Run]> {
  const { program, ann } = walk;
  const workflowId = workflowIdOf(walk);
  // As far off as the second run takes to begin, and no farther: time is real here.
  const HOLD_MS = 15_000;
  await grantHeld(walk, Date.now() - 86_400_000 + HOLD_MS, 1);
  const handle = await giveTold(walk);
  const { runId } = await handle.describe();
  let news = 0;
  await until('the second run', async () => {
    news += 1;
    await tellMember(program.db, program.id, ann.id, `news ${news}`);
    await giveTold(walk);
    return (await handle.describe()).runId !== runId;
  });
  await until('the second run’s state', () => handle.query(currentMember));
  await handle.result();
  const { runId: lastRunId } = await handle.describe();
  return [
    { workflowId, runId },
    { workflowId, runId: lastRunId },
  ];
}
