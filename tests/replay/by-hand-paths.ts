import { firstAndSecond } from '../support/counted.ts';
import { outcomeOf } from '../support/hand-over.ts';
import { publishPolicy, usd } from '../support/seed.ts';
import { bobs, ended, policy, type Run, signUp, type Walk } from './walk.ts';

/** An operator holds what Ann has earned, lets it go and takes it back. */
async function corrected(walk: Walk): Promise<Run> {
  const { db, id: programId } = walk.program;
  const purchase = await walk.keep({ type: 'purchase' });
  await walk.give(bobs(walk), await signUp(walk), purchase);
  await outcomeOf(db, purchase.eventId);
  const { id: rewardId } = await db.reward.findFirstOrThrow({ where: { programId } });
  for (const word of ['held', 'released', 'taken_back']) {
    const command = await walk.keep({ type: `reward.${word}`, payload: { rewardId } });
    await walk.give(bobs(walk), command);
    await outcomeOf(db, command.eventId);
  }
  return await ended(walk.engine.client.workflow.getHandle(bobs(walk)));
}

/** What Ann has earned by Bob goes back, since an operator cancels the referral. */
async function cancelled(walk: Walk): Promise<Run> {
  const purchase = await walk.keep({ type: 'purchase' });
  await walk.give(bobs(walk), await signUp(walk), purchase);
  await outcomeOf(walk.program.db, purchase.eventId);
  return await ended(await walk.give(bobs(walk), await walk.keep({ type: 'referral.cancelled' })));
}

/** Bob mistyped Ann's code, and an operator says so after he has bought. */
async function attributed(walk: Walk): Promise<Run> {
  const { id: programId, db } = walk.program;
  const signup = await signUp(walk, { code: 'nosuch2' });
  await ended(await walk.give(bobs(walk), signup));
  const payload = { signup: signup.eventId, referrerId: walk.ann.id };
  const command = await walk.keep({ type: 'referral.attributed', workflowId: bobs(walk), payload });
  const purchase = await walk.keep({ type: 'purchase' });
  const run = await walk.give(bobs(walk), command, purchase);
  await outcomeOf(db, purchase.eventId);
  await db.referral.findFirstOrThrow({ where: { programId } });
  return await ended(run);
}

/** Bob's referral moves from Ann to Eve. */
async function moved(walk: Walk): Promise<Run> {
  const purchase = await walk.keep({ type: 'purchase' });
  await walk.give(bobs(walk), await signUp(walk), purchase);
  await outcomeOf(walk.program.db, purchase.eventId);
  const { id: referrerId } = await walk.program.member('eve');
  const command = await walk.keep({ type: 'referral.moved', payload: { referrerId } });
  return await ended(await walk.give(bobs(walk), command));
}

/** Bob's purchase comes late, and moves what Ann's other friend was asked by, and Bob himself. */
async function recounted(walk: Walk): Promise<Run> {
  const { db, id: programId } = walk.program;
  await publishPolicy(db, programId, { ...policy, rules: firstAndSecond.rules }, 2);
  const at = (minutes: number) => new Date(walk.start_ms + minutes * 60_000);
  const now_ms = walk.start_ms;
  await walk.program.signUp('cat', { code: walk.ann.code }, { at: at(-60), now_ms });
  await walk.program.act('cat', { key: `${programId}:other`, value: usd(7_000n), at: at(-10), now_ms });
  const payload = { code: walk.ann.code };
  const signup = await walk.keep({ type: 'signup', payload, at: at(-60) });
  const purchase = await walk.keep({ type: 'purchase', value: usd(6_000n), at: at(-20) });
  const workflowId = bobs(walk);
  let run = await walk.give(workflowId, signup, purchase);
  await outcomeOf(db, purchase.eventId);
  for (const type of ['referral.recounts.due', 'referral.recount.due']) {
    const { id: eventId } = await db.event.findFirstOrThrow({ where: { programId, type, workflowId } });
    run = await walk.give(workflowId, { eventId, type });
    await outcomeOf(db, eventId);
  }
  return await ended(run);
}

/** What operators do by hand to a referral, and what has it asked again. */
export const BY_HAND_PATHS: Readonly<Record<string, (walk: Walk) => Promise<Run>>> = {
  'referral-corrected': corrected,
  'referral-cancelled': cancelled,
  'referral-attributed': attributed,
  'referral-moved': moved,
  'referral-recounted': recounted,
};
