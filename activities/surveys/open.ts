import { decideEvent } from '../../engine/events/decide.ts';
import { lockOpenEvent } from '../../engine/events/lock.ts';
import { inTransaction } from '../../engine/transaction.ts';
import type { ActivityDeps } from '../deps.ts';
import { readSurvey, type SurveyEventRef, type SurveySnapshot } from './snapshot.ts';

/**
 * Notes that a survey is there to be asked, or was found without a workflow. Its row says what to do next.
 */
export function openSurvey(deps: ActivityDeps, ref: SurveyEventRef): Promise<SurveySnapshot> {
  return inTransaction(deps, async (tx) => {
    const command = await lockOpenEvent(tx, ref);
    const snapshot = await readSurvey(tx, ref);
    if (command !== null) await decideEvent(tx, ref, { decision: 'accepted', stage: snapshot.status });
    return snapshot;
  });
}
