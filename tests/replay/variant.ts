import { proxyLocalActivities, sleep, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../../activities/create.ts';
import type { ReferralSnapshot } from '../../activities/referrals/snapshot.ts';
import { openInbox } from '../../workflows/inbox.ts';
import * as workflows from '../../workflows/index.ts';
import { SHORT_TRANSACTION } from '../../workflows/options.ts';
import type { ReferralInput } from '../../workflows/referrals/messages.ts';

const activities = proxyLocalActivities<Activities>(SHORT_TRANSACTION);

/** A referral's workflow after a careless change: it looks for what matures before it decides its event. */
export async function referral({ programId, referralId }: ReferralInput): Promise<ReferralSnapshot> {
  const inbox = openInbox();
  await inbox.untilDue(null);
  const ref = { programId, referralId, now_ms: Date.now() };
  const snapshot = await activities.matureRewards(ref);
  const next = inbox.waiting.shift();
  return next === undefined ? snapshot : await activities.signUp({ ...ref, eventId: next.eventId });
}

/** Every other workflow as it is, but that it rests before it begins. */
export default async function hesitant(...args: unknown[]): Promise<unknown> {
  const known: Readonly<Record<string, unknown>> = workflows;
  const workflow = known[workflowInfo().workflowType];
  if (typeof workflow !== 'function') throw new Error('no such workflow');
  await sleep('1 hour');
  return await workflow(...args);
}
