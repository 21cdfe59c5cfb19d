import type { Result } from '../../domain/refusal.ts';
import type { SurveyStatus } from '../../domain/surveys/survey.ts';
import { decideEvent } from '../../engine/events/decide.ts';
import { lockOpenEvent, type OpenEvent } from '../../engine/events/lock.ts';
import { inTransaction } from '../../engine/transaction.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import {
  type LockedSurvey,
  lockSurvey,
  readSurvey,
  type SurveyEventRef,
  type SurveySnapshot,
} from './snapshot.ts';

/**
 * Decides a command about a survey in one transaction: accepted with the stage that `takeStep` returns, or
 * refused as it refuses. A command that is already decided changes nothing. Returns the survey's new
 * snapshot.
 */
export function takeSurveyStep(
  deps: ActivityDeps,
  ref: SurveyEventRef,
  takeStep: (tx: Tx, survey: LockedSurvey, command: OpenEvent) => Promise<Result<SurveyStatus>>,
): Promise<SurveySnapshot> {
  return inTransaction(deps, async (tx) => {
    const command = await lockOpenEvent(tx, ref);
    if (command !== null) {
      const survey = await lockSurvey(tx, ref);
      const next = await takeStep(tx, survey, command);
      if (next.ok) {
        await decideEvent(tx, ref, { decision: 'accepted', stage: next.value });
      } else {
        const { code, message } = next;
        await decideEvent(tx, ref, { decision: 'refused', code, message, stage: survey.status });
      }
    }
    return await readSurvey(tx, ref);
  });
}
