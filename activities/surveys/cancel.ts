import { nextSurvey } from '../../domain/surveys/survey.ts';
import { decideEvent } from '../../engine/events/decide.ts';
import { lockOpenEvent } from '../../engine/events/lock.ts';
import { parkAndRead } from '../../engine/events/park.ts';
import { inTransaction } from '../../engine/transaction.ts';
import type { ActivityDeps } from '../deps.ts';
import { lockSurvey, readSurvey, type SurveyEventRef, type SurveySnapshot } from './snapshot.ts';
import { writeSurvey } from './write.ts';

/** Withdraws a survey that nobody has answered. */
export function cancelSurvey(deps: ActivityDeps, ref: SurveyEventRef): Promise<SurveySnapshot> {
  return inTransaction(deps, async (tx) => {
    if ((await lockOpenEvent(tx, ref)) !== null) {
      const survey = await lockSurvey(tx, ref);
      const next = nextSurvey(survey.status, 'cancel');
      if (next.ok) {
        await writeSurvey(tx, ref, survey, { status: next.value, reason: 'operator_cancelled' });
        await decideEvent(tx, ref, { decision: 'accepted', stage: next.value });
      } else {
        const { code, message } = next;
        await decideEvent(tx, ref, { decision: 'refused', code, message, stage: survey.status });
      }
    }
    return await readSurvey(tx, ref);
  });
}

/**
 * Takes an event that failed on every try out of the queue, with the reason, so that an operator can see and
 * retry it.
 */
export function parkSurveyEvent(
  deps: ActivityDeps,
  ref: SurveyEventRef & { readonly reason: string },
): Promise<SurveySnapshot> {
  return parkAndRead(deps, ref, readSurvey);
}
