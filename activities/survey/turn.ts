import { must } from '../../domain/refusal.ts';
import { nextSurvey, type SurveyTurn } from '../../domain/survey.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import { inTransaction } from '../transaction.ts';
import {
  type LockedSurvey,
  lockSurvey,
  readSurvey,
  type SurveyRef,
  type SurveySnapshot,
  turnOf,
} from './snapshot.ts';
import { tellSurvey, writeSurvey } from './write.ts';

/** Does `work` when it is the survey's turn for one of `steps` and its time has come; otherwise nothing changes. */
export function takeTurn(
  deps: ActivityDeps,
  ref: SurveyRef,
  steps: readonly SurveyTurn['step'][],
  work: (tx: Tx, survey: LockedSurvey, turn: SurveyTurn) => Promise<void>,
): Promise<SurveySnapshot> {
  return inTransaction(deps, async (tx) => {
    const survey = await lockSurvey(tx, ref);
    const turn = turnOf(survey);
    if (turn !== null && steps.includes(turn.step) && turn.at_ms <= ref.now_ms) await work(tx, survey, turn);
    return await readSurvey(tx, ref);
  });
}

/** Reminds a member who was asked and has not answered, once. */
export function remindSurvey(deps: ActivityDeps, ref: SurveyRef): Promise<SurveySnapshot> {
  return takeTurn(deps, ref, ['remind'], async (tx, survey, { step }) => {
    const status = must(nextSurvey(survey.status, step));
    await writeSurvey(tx, ref, survey, { status, reminded_at: new Date(ref.now_ms) });
    await tellSurvey(tx, ref, survey, [{ what: 'reminded' }]);
  });
}

/** Ends a survey whose time is over: closed with its answer, or lapsed without. */
export function closeSurvey(deps: ActivityDeps, ref: SurveyRef): Promise<SurveySnapshot> {
  return takeTurn(deps, ref, ['close', 'lapse'], async (tx, survey, { step }) => {
    await writeSurvey(tx, ref, survey, { status: must(nextSurvey(survey.status, step)) });
    if (step === 'lapse') await tellSurvey(tx, ref, survey, [{ what: 'lapsed' }]);
  });
}
