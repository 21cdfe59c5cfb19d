import { type SurveyStatus, type SurveyTurn, surveyTurn } from '../../domain/surveys/survey.ts';
import type { Tx } from '../../prisma/client.ts';

/** Which survey, and what time it is for the workflow that asks (in milliseconds since 1970). */
export interface SurveyRef {
  readonly programId: string;
  readonly surveyId: string;
  readonly now_ms: number;
}

export interface SurveyEventRef extends SurveyRef {
  readonly eventId: string;
}

/** What a survey's workflow needs to know: plain JSON, ids only, and nothing of what was answered. */
export interface SurveySnapshot {
  readonly status: SurveyStatus;
  readonly reason: string | null;
  readonly member_id: string;
  /** The survey's id in the policy. */
  readonly rule_id: string;
  readonly occasion: string;
  /** What it does next by itself; null: it is over. */
  readonly turn: SurveyTurn | null;
}

/** A survey's row, locked. */
export interface LockedSurvey {
  readonly status: SurveyStatus;
  readonly reason: string | null;
  readonly memberId: string;
  readonly ruleId: string;
  readonly occasion: string;
  readonly policyVersion: number;
  readonly dueAt: Date;
  readonly askedAt: Date | null;
  readonly remindAt: Date | null;
  readonly closesAt: Date | null;
  /** When its next turn is, which may be put off. */
  readonly turnAt: Date | null;
}

/** Locks a survey until the transaction ends. Throws when it does not exist. */
export async function lockSurvey(
  tx: Tx,
  { programId, surveyId }: Pick<SurveyRef, 'programId' | 'surveyId'>,
): Promise<LockedSurvey> {
  const [row] = await tx.$queryRaw<LockedSurvey[]>`
    SELECT status::text, reason, member_id::text AS "memberId", rule_id AS "ruleId", occasion,
           policy_version AS "policyVersion", due_at AS "dueAt", asked_at AS "askedAt",
           remind_at AS "remindAt", closes_at AS "closesAt", turn_at AS "turnAt"
    FROM surveys WHERE program_id = ${programId}::uuid AND id = ${surveyId}::uuid FOR UPDATE`;
  if (row === undefined) throw new Error(`survey ${surveyId} does not exist`);
  return row;
}

/** The turn that follows from a survey's stage and deadlines. */
export function plannedTurn(row: Pick<LockedSurvey, 'status' | 'dueAt' | 'remindAt' | 'closesAt'>) {
  return surveyTurn(row.status, {
    due_at_ms: row.dueAt.getTime(),
    remind_at_ms: row.remindAt?.getTime() ?? null,
    closes_at_ms: row.closesAt?.getTime() ?? null,
  });
}

/** The survey's next turn, at the time that is on record for it. */
export function turnOf(row: LockedSurvey): SurveyTurn | null {
  const turn = plannedTurn(row);
  return turn === null || row.turnAt === null ? turn : { step: turn.step, at_ms: row.turnAt.getTime() };
}

/** The survey as it stands in this transaction. */
export async function readSurvey(tx: Tx, ref: SurveyRef): Promise<SurveySnapshot> {
  const row = await lockSurvey(tx, ref);
  const { status, reason, memberId, ruleId, occasion } = row;
  return { status, reason, member_id: memberId, rule_id: ruleId, occasion, turn: turnOf(row) };
}
