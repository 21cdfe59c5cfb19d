import { type Client, WorkflowIdReusePolicy } from '@temporalio/client';
import { type SearchAttributePair, TypedSearchAttributes } from '@temporalio/common';
import { nextDue } from '../../domain/referrals/deadlines.ts';
import { referralWorkflow } from '../../engine/events/workflow-ids.ts';
import type { Log } from '../../platform/log.ts';
import { askWithin } from '../../platform/temporal.ts';
import type { Database } from '../../prisma/client.ts';
import { changedAttributes } from '../../workflows/referrals/attributes.ts';
import { tellReferral } from '../../workflows/referrals/messages.ts';
import { PROGRAM_ID } from '../../workflows/search-attributes.ts';
import { REFERRAL_SUMMARY, whyUndelivered } from '../events/deliver.ts';
import { type Loop, startLoop } from '../loop.ts';
import { leaseUntold, noteTold, type ToldReferral, UNTOLD_MAX, type Untold } from './untold.ts';

/** How often it looks. */
const LOOK_MS = 250;
/** After a failure of the database or of Temporal. */
const TROUBLE = { message: 'referrals’ workflows could not be told; trying again', rest_ms: 5_000 };
/** The time limit of one word, including the client's own retries. */
const WORD_TIMEOUT_MS = 10_000;

export interface TellerOptions {
  readonly db: Database;
  readonly client: Client;
  readonly taskQueue: string;
  readonly log: Log;
}

/**
 * Tells referrals' workflows what became of them without them, until stopped. A workflow begins when what it
 * waits for is due, or when more is told of it; a referral with nothing ahead has none. Any number may share
 * a database: a word that comes twice, or late, changes nothing.
 */
export const startTeller = (options: TellerOptions): Loop =>
  startLoop({ step: () => tellDue(options), log: options.log, trouble: TROUBLE });

/** Tells what is to be told now. Returns how long to rest, in milliseconds. */
async function tellDue({ db, client, taskQueue, log }: TellerOptions): Promise<number> {
  const untold = await leaseUntold(db);
  if (untold.length === 0) return LOOK_MS;
  const words = await askWithin(client, WORD_TIMEOUT_MS, () =>
    Promise.allSettled(untold.map((referral) => tellOne(client, taskQueue, referral))),
  );
  await noteTold(
    db,
    words.flatMap((word) => (word.status === 'fulfilled' ? [word.value] : [])),
  );
  // What was not told is leased, and comes again.
  for (const [nth, word] of words.entries()) {
    if (word.status === 'fulfilled') continue;
    if (whyUndelivered(word.reason) === 'away') throw word.reason;
    log.warn(
      { err: word.reason, referralId: untold[nth]?.referralId },
      'a referral’s workflow takes no word',
    );
  }
  return untold.length === UNTOLD_MAX ? 0 : LOOK_MS;
}

async function tellOne(client: Client, taskQueue: string, referral: Untold): Promise<ToldReferral> {
  const { programId, referralId, isTold, snapshot } = referral;
  const told = { programId, referralId, version: snapshot.version ?? 0 };
  const due_ms = nextDue(snapshot);
  if (due_ms === null && !isTold) return { ...told, isTold };
  await client.workflow.signalWithStart('referral', {
    workflowId: referralWorkflow(referralId),
    taskQueue,
    args: [{ programId, referralId }],
    signal: tellReferral,
    signalArgs: [snapshot],
    // One that waits is not disturbed before its time, unless there is more to tell.
    startDelay: due_ms === null ? 0 : Math.max(0, due_ms - Date.now()),
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    staticSummary: REFERRAL_SUMMARY,
    typedSearchAttributes: new TypedSearchAttributes([
      { key: PROGRAM_ID, value: programId },
      ...changedAttributes(snapshot, null),
    ] as SearchAttributePair[]),
  });
  return { ...told, isTold: true };
}
