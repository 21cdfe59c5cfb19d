import { isSurveyEnd, type SurveyStatus } from '../../domain/surveys/survey.ts';
import { type OutboxMessage, tell } from '../../engine/events/outbox.ts';
import type { Tx } from '../../prisma/client.ts';
import { type LockedSurvey, plannedTurn, type SurveyRef } from './snapshot.ts';

/** What is to be written of a survey; fields that are left out stay. */
export interface SurveyChange {
  readonly status: SurveyStatus;
  readonly reason?: string;
  readonly due_at?: Date;
  readonly asked_at?: Date;
  readonly remind_at?: Date | null;
  readonly reminded_at?: Date;
  readonly closes_at?: Date;
  /** Puts off the turn that would follow. */
  readonly turn_at?: Date;
}

/** Writes a survey's change, with the turn and the end that follow from it. */
export async function writeSurvey(
  tx: Tx,
  { programId, surveyId, now_ms }: SurveyRef,
  before: LockedSurvey,
  change: SurveyChange,
): Promise<void> {
  const { status, reason, due_at, asked_at, remind_at, reminded_at, closes_at } = change;
  const turn = plannedTurn({ ...before, ...change });
  const turnAt = change.turn_at ?? (turn === null ? null : new Date(turn.at_ms));
  await tx.survey.update({
    where: { programId_id: { programId, id: surveyId } },
    data: {
      status,
      ...(reason === undefined ? {} : { reason }),
      ...(due_at === undefined ? {} : { dueAt: due_at }),
      ...(asked_at === undefined ? {} : { askedAt: asked_at }),
      ...(remind_at === undefined ? {} : { remindAt: remind_at }),
      ...(reminded_at === undefined ? {} : { remindedAt: reminded_at }),
      ...(closes_at === undefined ? {} : { closesAt: closes_at }),
      turnAt,
      endedAt: isSurveyEnd(status) ? new Date(now_ms) : null,
    },
    select: { id: true },
  });
}

export type SurveyNews = 'asked' | 'reminded' | 'answered' | 'lapsed' | 'promoter' | 'detractor';

/** Tells what became of a survey, by ids alone: whoever may read more asks the API. `nth` sets repeated news apart. */
export async function tellSurvey(
  tx: Tx,
  { programId, surveyId }: Pick<SurveyRef, 'programId' | 'surveyId'>,
  survey: Pick<LockedSurvey, 'member_id' | 'rule_id'>,
  news: readonly { readonly what: SurveyNews; readonly nth?: number }[],
): Promise<void> {
  const { member_id: memberId, rule_id: ruleId } = survey;
  const messages = news.map(
    ({ what, nth }): OutboxMessage => ({
      key: `survey.${what}:${surveyId}${nth === undefined ? '' : `:${nth}`}`,
      subject: `survey:${surveyId}`,
      members: [memberId],
      type: `survey.${what}`,
      payload: { surveyId, memberId, ruleId },
    }),
  );
  await tell(tx, programId, messages);
}
