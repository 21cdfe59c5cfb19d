import { isSurveyEnd, type SurveyStatus } from '../../domain/surveys/survey.ts';
import { type OutboxMessage, tell } from '../../engine/events/outbox.ts';
import type { Tx } from '../../prisma/client.ts';
import { type LockedSurvey, plannedTurn, type SurveyRef } from './snapshot.ts';

/** What is to be written of a survey; fields that are left out stay. */
export interface SurveyChange {
  readonly status: SurveyStatus;
  readonly reason?: string;
  readonly dueAt?: Date;
  readonly askedAt?: Date;
  readonly remindAt?: Date | null;
  readonly remindedAt?: Date;
  readonly closesAt?: Date;
  /** Puts off the turn that would follow. */
  readonly turnAt?: Date;
}

/** Writes a survey's change, with the turn and the end that follow from it. */
export async function writeSurvey(
  tx: Tx,
  { programId, surveyId, now_ms }: SurveyRef,
  before: LockedSurvey,
  change: SurveyChange,
): Promise<void> {
  const turn = plannedTurn({ ...before, ...change });
  await tx.survey.update({
    where: { programId_id: { programId, id: surveyId } },
    data: {
      ...change,
      turnAt: change.turnAt ?? (turn === null ? null : new Date(turn.at_ms)),
      endedAt: isSurveyEnd(change.status) ? new Date(now_ms) : null,
    },
    select: { id: true },
  });
}

export type SurveyNews = 'asked' | 'reminded' | 'answered' | 'lapsed' | 'promoter' | 'detractor';

/**
 * Stores the message about what became of a survey. The message holds ids only; whoever may read more asks
 * the API. `nth` keeps repeated messages apart.
 */
export async function tellSurvey(
  tx: Tx,
  { programId, surveyId }: Pick<SurveyRef, 'programId' | 'surveyId'>,
  survey: Pick<LockedSurvey, 'memberId' | 'ruleId'>,
  news: readonly { readonly what: SurveyNews; readonly nth?: number }[],
): Promise<void> {
  const { memberId, ruleId } = survey;
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
