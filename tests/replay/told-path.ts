import { referralWorkflow } from '../../engine/events/workflow-ids.ts';
import { referralIdOf } from '../support/seed.ts';
import { tellReferrals } from '../support/tell.ts';
import { ended, type Run, type Walk } from './walk.ts';

/** Its events are decided without it, and it is told after each. */
export async function told({ engine, program, start_ms, ...walk }: Walk): Promise<Run> {
  const referralId = referralIdOf(program.id, 'bob');
  const decide = async ({ eventId, type }: { readonly eventId: string; readonly type: string }) => {
    const ref = { programId: program.id, referralId, eventId, now_ms: start_ms };
    await engine.activities.keepReferralEvent({ ...ref, type });
    await tellReferrals(engine, program.db, program.id);
  };
  await decide(await walk.keep({ type: 'signup', payload: { code: walk.ann.code } }));
  await decide(await walk.keep({ type: 'purchase' }));
  return await ended(engine.client.workflow.getHandle(referralWorkflow(referralId)));
}
