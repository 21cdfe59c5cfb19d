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
  readonly member_id: string;
  readonly rule_id: string;
  readonly occasion: string;
  readonly policy_version: number;
  readonly due_at: Date;
  readonly asked_at: Date | null;
  readonly remind_at: Date | null;
  readonly closes_at: Date | null;
  /** When its next turn is, which may be put off. */
  readonly turn_at: Date | null;
}

/** Locks a survey until the transaction ends. Throws when it does not exist. */
export async function lockSurvey(
  tx: Tx,
  { programId, surveyId }: Pick<SurveyRef, 'programId' | 'surveyId'>,
): Promise<LockedSurvey> {
  const [row] = await tx.$queryRaw<LockedSurvey[]>`
    SELECT status::text, reason, member_id::text, rule_id, occasion, policy_version, due_at, asked_at, remind_at, closes_at, turn_at
    FROM surveys WHERE program_id = ${programId}::uuid AND id = ${surveyId}::uuid FOR UPDATE`;
  if (row === undefined) throw new Error(`survey ${surveyId} does not exist`);
  return row;
}

/** The turn that follows from a survey's stage and deadlines. */
export function plannedTurn(row: Pick<LockedSurvey, 'status' | 'due_at' | 'remind_at' | 'closes_at'>) {
  return surveyTurn(row.status, {
    due_at_ms: row.due_at.getTime(),
    remind_at_ms: row.remind_at?.getTime() ?? null,
    closes_at_ms: row.closes_at?.getTime() ?? null,
  });
}

/** The survey's next turn, at the time that is on record for it. */
export function turnOf(row: LockedSurvey): SurveyTurn | null {
  const turn = plannedTurn(row);
  return turn === null || row.turn_at === null ? turn : { step: turn.step, at_ms: row.turn_at.getTime() };
}

/** The survey as it stands in this transaction. */
export async function readSurvey(tx: Tx, ref: SurveyRef): Promise<SurveySnapshot> {
  const row = await lockSurvey(tx, ref);
  const { status, reason, member_id, rule_id, occasion } = row;
  return { status, reason, member_id, rule_id, occasion, turn: turnOf(row) };
}
