import { ok, type Result, refuse } from '../../domain/refusal.ts';
import { checkAnswers } from '../../domain/surveys/answer.ts';
import { npsGroup } from '../../domain/surveys/nps.ts';
import type { SurveyQuestion } from '../../domain/surveys/questions.ts';
import { nextSurvey } from '../../domain/surveys/survey.ts';
import { insertCommand } from '../../engine/events/commands.ts';
import { surveyWorkflow } from '../../engine/events/workflow-ids.ts';
import type { Tx } from '../../prisma/client.ts';
import type { FoundSurvey } from './find.ts';

/** How often an answer may be sent: nobody needs more, and who has a link must not fill the queue with it. */
export const SUBMISSIONS_MAX = 100;

/** An answer as it came. */
export interface Submission {
  readonly survey: FoundSurvey;
  readonly questions: readonly SurveyQuestion[];
  readonly answers: Readonly<Record<string, unknown>>;
  /** How it came: by a link, or by a key. */
  readonly actor: string;
  readonly now: Date;
  readonly awaited: boolean;
}

export interface Submitted {
  readonly eventId: string;
  /** Whether the member would recommend us, and so is offered to. */
  readonly promoter: boolean;
}

/** Whether a survey can be answered now: `survey_closed`, `stage_forbids`, or its stage after that. */
export function mayAnswer(survey: FoundSurvey, now: Date) {
  if (survey.closesAt !== null && survey.closesAt <= now) {
    return refuse('survey_closed', 'The survey is over: its time has passed.');
  }
  return nextSurvey(survey.status, 'answer');
}

/** Takes an answer that fits its survey into the queue of the survey's workflow, which records it. */
export async function submitAnswer(
  tx: Tx,
  { survey, questions, answers, actor, now, awaited }: Submission,
): Promise<Result<Submitted>> {
  const { programId, id: surveyId } = survey;
  const open = mayAnswer(survey, now);
  if (!open.ok) return open;
  const checked = checkAnswers(questions, answers);
  if (!checked.ok) return checked;
  const { count } = await tx.survey.updateMany({
    where: { programId, id: surveyId, submissions: { lt: SUBMISSIONS_MAX } },
    data: { submissions: { increment: 1 } },
  });
  if (count === 0) return refuse('survey_closed', 'The answer was changed too often: it stays as it is.');
  const { values, score } = checked.value;
  const eventId = await insertCommand(tx, {
    programId,
    type: 'survey.answered',
    workflowId: surveyWorkflow(surveyId),
    payload: { answers: JSON.stringify(values), actor },
    now,
    awaited,
  });
  return ok({ eventId, promoter: score !== null && npsGroup(score) === 'promoter' });
}
