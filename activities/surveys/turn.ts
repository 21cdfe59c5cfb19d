import { must } from '../../domain/refusal.ts';
import { nextSurvey, type SurveyTurn } from '../../domain/surveys/survey.ts';
import { HOUR_MS } from '../../domain/time.ts';
import { inTransaction } from '../../engine/transaction.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import {
  type LockedSurvey,
  lockSurvey,
  readSurvey,
  type SurveyRef,
  type SurveySnapshot,
  turnOf,
} from './snapshot.ts';
import { tellSurvey, writeSurvey } from './write.ts';

/**
 * Does `work` when it is the survey's turn for one of `steps` and its time has come. Otherwise changes
 * nothing.
 */
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
    await writeSurvey(tx, ref, survey, { status, remindedAt: new Date(ref.now_ms) });
    await tellSurvey(tx, ref, survey, [{ what: 'reminded' }]);
  });
}

/** How long a survey whose answer waits to be recorded is kept open before it is looked at again. */
const PUT_OFF_MS = HOUR_MS;

/**
 * Ends a survey whose time is over: closed with its answer, or lapsed without one. Puts the end off while an
 * answer that was given in time still waits to be recorded, as in a paused program, so that the answer is not
 * lost.
 */
export function closeSurvey(deps: ActivityDeps, ref: SurveyRef): Promise<SurveySnapshot> {
  return takeTurn(deps, ref, ['close', 'lapse'], async (tx, survey, { step }) => {
    if (await answerWaits(tx, ref)) {
      const turnAt = new Date(ref.now_ms + PUT_OFF_MS);
      return await writeSurvey(tx, ref, survey, { status: survey.status, turnAt });
    }
    await writeSurvey(tx, ref, survey, { status: must(nextSurvey(survey.status, step)) });
    if (step === 'lapse') await tellSurvey(tx, ref, survey, [{ what: 'lapsed' }]);
  });
}

async function answerWaits(tx: Tx, { programId, surveyId }: SurveyRef): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ waits: boolean }[]>`
    SELECT EXISTS (
      SELECT 1 FROM events WHERE program_id = ${programId}::uuid AND workflow_id = ${`survey-${surveyId}`}
        AND type = 'survey.answered' AND state IN ('pending', 'waiting', 'delivered')) AS waits`;
  return row?.waits === true;
}
