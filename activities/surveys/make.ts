import type { Occasion } from '../../domain/surveys/moments.ts';
import { callWorkflows } from '../../engine/events/commands.ts';
import { nameId } from '../../platform/ids.ts';
import type { Database, Tx } from '../../prisma/client.ts';

/** A survey to be made. */
export interface NewSurvey extends Occasion {
  readonly programId: string;
  readonly memberId: string;
  readonly policyVersion: number;
  readonly ask_at_ms: number;
  readonly now_ms: number;
}

/**
 * Makes a survey and the command that starts its workflow, each once by the survey's key. A repeat finds
 * both.
 */
export async function makeSurvey(tx: Tx, survey: NewSurvey): Promise<void> {
  const { programId, memberId, policyVersion, occasion, ask_at_ms, now_ms } = survey;
  const key = `survey:${memberId}:${survey.survey.id}:${occasion}`;
  const id = nameId(programId, key);
  const askAt = new Date(ask_at_ms);
  const ruleId = survey.survey.id;
  const row = { programId, id, key, memberId, ruleId, occasion, policyVersion };
  await tx.survey.createMany({
    data: [{ ...row, status: 'scheduled', dueAt: askAt, turnAt: askAt, createdAt: new Date(now_ms) }],
    skipDuplicates: true,
  });
  await callForSurveys(tx, [{ programId, surveyId: id, key: `survey.due:${id}`, at: new Date(now_ms) }]);
}

/** A reason for a survey's workflow to look at it. */
export interface SurveyCall {
  readonly programId: string;
  readonly surveyId: string;
  /** Once per program. */
  readonly key: string;
  readonly at: Date;
}

/** Stores `survey.due` for surveys' workflows and wakes the pump. Returns how many are new. */
export async function callForSurveys(db: Database | Tx, calls: readonly SurveyCall[]): Promise<number> {
  return await callWorkflows(
    db,
    calls.map(({ programId, surveyId, key, at }) => ({
      programId,
      workflowId: `survey-${surveyId}`,
      type: 'survey.due',
      key,
      at,
    })),
  );
}
