import { createLog } from '../../platform/log.ts';
import type { Database } from '../../prisma/client.ts';
import { startTeller } from '../../worker/referrals/teller.ts';
import { TASK_QUEUE, type TestEngine } from './engine.ts';
import { until } from './hand-over.ts';

/** Tells the workflows of a program's referrals what became of these. */
export async function tellReferrals({ client }: TestEngine, db: Database, programId: string): Promise<void> {
  const teller = startTeller({ db, client, taskQueue: TASK_QUEUE, log: createLog('test', 'fatal') });
  await until('the words', async () => {
    const untold = await db.referral.count({ where: { programId, tellAt: { not: null } } });
    return untold === 0;
  });
  await teller.stop();
}
