import { grantToMember } from '../../engine/rewards/grant.ts';
import { inTransaction } from '../../engine/transaction.ts';
import { newId } from '../../platform/ids.ts';
import { currentReferral } from '../../workflows/referrals/messages.ts';
import { seedEndpoint } from '../support/catalogue.ts';
import { TASK_QUEUE, type TestEngine } from '../support/engine.ts';
import { outcomeOf, until } from '../support/hand-over.ts';
import { seedInvitation } from '../support/invitations.ts';
import { seedBoard, seedSeason } from '../support/leaderboards.ts';
import { bringFriend, testMilestone } from '../support/milestones.ts';
import { json, startPayoutHost } from '../support/payout-host.ts';
import { DAY_MS } from '../support/play.ts';
import { publishPolicy, seedRedemption } from '../support/seed.ts';
import { NPS_SURVEY } from '../support/surveys.ts';
import { BY_HAND_PATHS } from './by-hand-paths.ts';
import { MEMBER_PATHS } from './member-paths.ts';
import { told } from './told-path.ts';
import { bobs, ended, policy, type Run, signUp, type Walk } from './walk.ts';
import { refusedOnce } from './webhook-path.ts';

async function reversed(walk: Walk): Promise<Run> {
  const purchase = await walk.keep({ type: 'purchase' });
  await walk.give(bobs(walk), await signUp(walk), purchase);
  await outcomeOf(walk.program.db, purchase.eventId);
  await walk.engine.env.sleep(31 * DAY_MS);
  const refund = await walk.keep({ type: 'refund', refundOf: purchase.key });
  return await ended(await walk.give(bobs(walk), refund));
}

async function rejected(walk: Walk): Promise<Run> {
  const signup = await signUp(walk, { email: 'someone@mailinator.com' });
  const purchase = await walk.keep({ type: 'purchase' });
  const verdict = await walk.keep({ type: 'review.rejected' });
  return await ended(await walk.give(bobs(walk), signup, purchase, verdict));
}

async function invited(walk: Walk): Promise<Run> {
  const { id, eventId } = await seedInvitation(
    walk.program.db,
    walk.program.id,
    walk.ann,
    new Date(walk.start_ms),
  );
  return await ended(await walk.give(`referral-${id}`, { eventId, type: 'invitation.issued' }));
}

async function parked(walk: Walk): Promise<Run> {
  const odd = await walk.keep({ type: 'redemption.requested' });
  return await ended(await walk.give(bobs(walk), await signUp(walk), odd));
}

async function woken(walk: Walk): Promise<Run> {
  const workflowId = bobs(walk);
  const purchase = await walk.keep({ type: 'purchase' });
  const lost = await walk.give(workflowId, await signUp(walk), purchase);
  await outcomeOf(walk.program.db, purchase.eventId);
  await lost.terminate('lost');
  await walk.engine.env.sleep(31 * DAY_MS);
  return await ended(await walk.give(workflowId, await walk.keep({ type: 'referral.overdue', workflowId })));
}

/** Ann has 1,000 cents and asks for some of it. */
async function askFor(walk: Walk, minor: bigint, method = 'account_credit') {
  const { program, ann } = walk;
  await program.signUp('cat', { code: ann.code }, { at: new Date(walk.start_ms - 40 * DAY_MS) });
  await program.act('cat', { at: new Date(walk.start_ms - 40 * DAY_MS), now_ms: walk.start_ms });
  const { id, eventId } = await seedRedemption(program.db, program.id, ann.id, { minor, method });
  const workflowId = `redemption-${id}`;
  const handle = await walk.give(workflowId, { eventId, type: 'redemption.requested' });
  await outcomeOf(program.db, eventId);
  return { id, workflowId, handle };
}

async function commanded(walk: Walk, minor: bigint, name: string): Promise<Run> {
  const { workflowId } = await askFor(walk, minor);
  return await ended(
    await walk.give(workflowId, await walk.keep({ type: `redemption.${name}`, workflowId })),
  );
}

async function byHand(walk: Walk, name: string): Promise<Run> {
  const { id, workflowId } = await askFor(walk, 300n, 'manual');
  await until('an operator to be asked', () =>
    walk.program.db.redemption.findFirst({ where: { id, status: 'needs_operator' } }),
  );
  return await ended(
    await walk.give(workflowId, await walk.keep({ type: `redemption.${name}`, workflowId })),
  );
}

/** The host has not decided at first, and is asked again. */
async function pending(walk: Walk): Promise<Run> {
  const host = await startPayoutHost();
  host.reply(json(200, { result: 'pending' }), json(200, { result: 'paid', ref: 'h1' }));
  await seedEndpoint(walk.program.db, walk.program.id, host.url);
  const run = await ended((await askFor(walk, 300n, 'http')).handle);
  await host.close();
  return run;
}

async function cancelled(walk: Walk): Promise<Run> {
  const { handle } = await askFor(walk, 800n);
  await handle.cancel();
  return await ended(handle);
}

/** Ann is asked what she thinks; then `next` happens. Skipped time does the rest. */
async function surveyed(
  walk: Walk,
  ...next: readonly (readonly [type: string, answers: object])[]
): Promise<Run> {
  const { program, ann, engine } = walk;
  await publishPolicy(program.db, program.id, { ...policy, surveys: [NPS_SURVEY] }, 2);
  const joined = new Date(walk.start_ms - 7 * DAY_MS);
  await program.db.member.updateMany({
    where: { programId: program.id, id: ann.id },
    data: { signedUpAt: joined },
  });
  await engine.activities.askMember({ programId: program.id, memberId: ann.id, now_ms: walk.start_ms });
  const due = await program.db.event.findFirstOrThrow({
    where: { programId: program.id, type: 'survey.due' },
  });
  const workflowId = due.workflowId ?? '';
  const handle = await walk.give(workflowId, { eventId: due.id, type: due.type });
  await outcomeOf(program.db, due.id);
  for (const [type, answers] of next) {
    await engine.env.sleep(4 * DAY_MS);
    const payload = { answers: JSON.stringify(answers) };
    await walk.give(workflowId, await walk.keep({ type, workflowId, payload }));
  }
  return await ended(handle);
}

/** A season that is over is closed. */
async function seasonClosed({ engine, program }: Walk): Promise<Run> {
  const boardId = await seedBoard(program.db, program.id, 'season');
  const over = { startsAt: new Date(0), endsAt: new Date(1) };
  await seedSeason(program.db, program.id, boardId, over);
  return await once(engine, 'leaderboards');
}

/** A badge that was granted is signed. */
async function badgeSigned({ engine, program, ann }: Walk): Promise<Run> {
  const words = { name: 'Connector', description: 'Brought a friend', criteria: 'A friend bought something' };
  await program.db.badgeDefinition.create({
    data: { programId: program.id, id: newId(), label: 'Connector', ...words },
  });
  const at_ms = await engine.env.currentTimeMs();
  await inTransaction({ db: program.db, countDecision: () => undefined }, (tx) =>
    grantToMember(tx, {
      programId: program.id,
      memberId: ann.id,
      key: 'a badge',
      source: 'operator',
      ruleId: 'by-hand',
      policyVersion: 1,
      benefit: { kind: 'badge', label: 'Connector' },
      hold_days: 0,
      expires_days: null,
      occurred_at_ms: at_ms,
      now_ms: at_ms,
      trace: {},
    }),
  );
  return await once(engine, 'badges');
}

/** A run as a schedule starts it. */
const once = async ({ client }: TestEngine, workflowType: string): Promise<Run> =>
  await ended(await client.workflow.start(workflowType, { workflowId: workflowType, taskQueue: TASK_QUEUE }));

/** Somebody had reached a milestone before it was published. */
async function swept({ engine, program, ann }: Walk): Promise<Run> {
  await bringFriend(program, ann.code, 'bob');
  const milestone = testMilestone({ thresholds: [{ at: 1, benefit: { kind: 'badge', label: 'First' } }] });
  await publishPolicy(program.db, program.id, { ...policy, milestones: [milestone] }, 2);
  return await once(engine, 'milestones');
}

/** Every way a run can end, in skipped time. */
export const PATHS: Readonly<Record<string, (walk: Walk) => Promise<Run>>> = {
  'referral-closed': async (walk) =>
    await ended(await walk.give(bobs(walk), await signUp(walk), await walk.keep({ type: 'purchase' }))),
  'referral-reversed': reversed,
  'referral-expired': async (walk) => await ended(await walk.give(bobs(walk), await signUp(walk))),
  'referral-rejected': rejected,
  'referral-invitation-expired': invited,
  'referral-signup-refused': async (walk) =>
    await ended(await walk.give(bobs(walk), await signUp(walk, { code: 'nosuch2' }))),
  'referral-event-parked': parked,
  'referral-told': told,
  'referral-woken': woken,
  ...BY_HAND_PATHS,
  'redemption-settled': async (walk) => await ended((await askFor(walk, 400n)).handle),
  'redemption-approved': (walk) => commanded(walk, 800n, 'approved'),
  'redemption-rejected': (walk) => commanded(walk, 800n, 'rejected'),
  'redemption-timed-out': async (walk) => await ended((await askFor(walk, 800n)).handle),
  'redemption-refused': async (walk) => await ended((await askFor(walk, 5_000n)).handle),
  'redemption-paid-by-hand': (walk) => byHand(walk, 'paid'),
  'redemption-failed-by-hand': (walk) => byHand(walk, 'failed'),
  'redemption-pending': pending,
  'redemption-cancelled': cancelled,
  'survey-lapsed': (walk) => surveyed(walk),
  'survey-answered': (walk) =>
    surveyed(walk, ['survey.answered', { nps: 3 }], ['survey.answered', { nps: 9 }]),
  'survey-refused': (walk) => surveyed(walk, ['survey.answered', { nps: 11 }]),
  'survey-cancelled': (walk) => surveyed(walk, ['survey.cancelled', {}]),
  'survey-event-parked': (walk) => surveyed(walk, ['survey.mislaid', {}]),
  ...MEMBER_PATHS,
  delivery: refusedOnce,
  leaderboards: seasonClosed,
  badges: badgeSigned,
  programs: async ({ engine, program }) => {
    await program.db.program.update({ where: { id: program.id }, data: { endsAt: new Date(1) } });
    return await once(engine, 'programs');
  },
  surveys: async ({ engine }) => await once(engine, 'surveys'),
  milestones: swept,
  upkeep: async ({ engine }) => await once(engine, 'upkeep'),
};

/** A referral whose first run hands over to a second, which ends reversed. Needs an early suggestion. */
export async function continuedAsNew(walk: Walk): Promise<readonly [first: Run, last: Run]> {
  const workflowId = bobs(walk);
  const purchase = await walk.keep({ type: 'purchase' });
  const handle = await walk.give(workflowId, await signUp(walk), purchase);
  await outcomeOf(walk.program.db, purchase.eventId);
  const { runId } = await handle.describe();
  await until('the second run', async () => {
    await walk.give(workflowId, await walk.keep({ type: 'login' }));
    return (await handle.describe()).runId !== runId;
  });
  await until('the second run’s state', () => handle.query(currentReferral));
  const refund = await walk.keep({ type: 'refund', refundOf: purchase.key });
  const last = await ended(await walk.give(workflowId, refund));
  const { runId: lastRunId } = await handle.describe();
  return [
    { workflowId, runId },
    { ...last, runId: lastRunId },
  ];
}
