import { nextSurvey } from '../../domain/surveys/survey.ts';
import { parkAndRead } from '../../engine/events/park.ts';
import type { ActivityDeps } from '../deps.ts';
import { readSurvey, type SurveyEventRef, type SurveySnapshot } from './snapshot.ts';
import { takeSurveyStep } from './step.ts';
import { writeSurvey } from './write.ts';

/** Withdraws a survey that nobody has answered. */
export function cancelSurvey(deps: ActivityDeps, ref: SurveyEventRef): Promise<SurveySnapshot> {
  return takeSurveyStep(deps, ref, async (tx, survey) => {
    const next = nextSurvey(survey.status, 'cancel');
    if (next.ok) await writeSurvey(tx, ref, survey, { status: next.value, reason: 'operator_cancelled' });
    return next;
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
