import type { SurveyPlan } from '../../domain/surveys/moments.ts';
import { callWorkflows } from '../../engine/events/commands.ts';
import { toJsonText } from '../../platform/hash.ts';
import { nameId } from '../../platform/ids.ts';
import type { Database, Tx } from '../../prisma/client.ts';

/** Whose surveys are made, by which version of the policy, and when. */
export interface NewSurveys {
  readonly programId: string;
  readonly memberId: string;
  readonly policyVersion: number;
  readonly now_ms: number;
}

/**
 * Makes surveys and the commands that start their workflows, each once by the survey's key. A repeat finds
 * both.
 */
export async function makeSurveys(
  tx: Tx,
  { programId, memberId, policyVersion, now_ms }: NewSurveys,
  due: SurveyPlan['due'],
): Promise<void> {
  if (due.length === 0) return;
  const rows = due.map(({ survey: { id: ruleId }, occasion, ask_at_ms }) => {
    const key = `survey:${memberId}:${ruleId}:${occasion}`;
    return { id: nameId(programId, key), key, ruleId, occasion, askAt: new Date(ask_at_ms) };
  });
  const at = new Date(now_ms);
  await tx.$executeRaw`
    INSERT INTO surveys (program_id, id, key, member_id, rule_id, occasion, policy_version, status,
      due_at, turn_at, created_at)
    SELECT ${programId}::uuid, id, key, ${memberId}::uuid, "ruleId", occasion, ${policyVersion}, 'scheduled',
      "askAt", "askAt", ${at}::timestamptz
    FROM jsonb_to_recordset(${toJsonText(rows)}::jsonb)
      AS s(id uuid, key text, "ruleId" text, occasion text, "askAt" timestamptz)
    ON CONFLICT DO NOTHING`;
  const calls = rows.map(({ id }) => ({ programId, surveyId: id, key: `survey.due:${id}`, at }));
  await callForSurveys(tx, calls);
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
