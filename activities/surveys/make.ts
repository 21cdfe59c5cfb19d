import type { Occasion } from '../../domain/surveys/moments.ts';
import { canonicalJson, sha256 } from '../../platform/hash.ts';
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

/** Makes a survey and the command that starts its workflow, both once by the survey's key: a repeat finds what the first made. */
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
  /** Once in its program. */
  readonly key: string;
  readonly at: Date;
}

/** Stores `survey.due` for surveys' workflows and wakes the pump; gives how many had not been stored before. */
export async function callForSurveys(db: Database | Tx, calls: readonly SurveyCall[]): Promise<number> {
  if (calls.length === 0) return 0;
  const data = calls.map(({ programId, surveyId, key: name, at }) => {
    const key = `command:${name}`;
    const workflowId = `survey-${surveyId}`;
    const type = 'survey.due';
    const requestHash = sha256(canonicalJson([type, workflowId, key]));
    return {
      programId,
      id: nameId(programId, key),
      key,
      requestHash,
      type,
      payload: {},
      occurredAt: at,
      workflowId,
    };
  });
  const { count } = await db.event.createMany({ data, skipDuplicates: true });
  await db.$executeRaw`SELECT pg_notify('events', '')`;
  return count;
}
