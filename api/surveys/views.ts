import type { z } from 'zod';
import type { SurveyQuestion } from '../../domain/surveys/questions.ts';
import type { Survey } from '../../prisma/generated/client.ts';
import { iso, isoOrNull } from '../trpc/views.ts';
import type { memberReplyAnswer, surveyAnswer, surveyDetailAnswer, surveyReplyAnswer } from './answers.ts';
import type { FoundSurvey } from './find.ts';

export const surveyView = (row: Survey): z.infer<typeof surveyAnswer> => ({
  id: row.id,
  memberId: row.memberId,
  ruleId: row.ruleId,
  occasion: row.occasion,
  policyVersion: row.policyVersion,
  status: row.status,
  reason: row.reason,
  dueAt: iso(row.dueAt),
  askedAt: isoOrNull(row.askedAt),
  remindedAt: isoOrNull(row.remindedAt),
  closesAt: isoOrNull(row.closesAt),
  endedAt: isoOrNull(row.endedAt),
  createdAt: iso(row.createdAt),
});

type SurveyDetailView = z.infer<typeof surveyDetailAnswer>;

/** A survey with what it asks and what was answered. */
export const surveyDetailView = (
  row: FoundSurvey,
  questions: readonly SurveyQuestion[],
): SurveyDetailView => ({
  ...surveyView(row),
  questions: questions as SurveyDetailView['questions'],
  answer: row.answer === null ? null : answerView(row.answer),
});

type AnswerRow = NonNullable<FoundSurvey['answer']>;

export const answerView = (row: AnswerRow): z.infer<typeof surveyReplyAnswer> => ({
  answers: row.answers as Readonly<Record<string, number | string>>,
  score: row.score,
  comment: row.comment,
  changes: row.changes,
  firstAnsweredAt: iso(row.firstAnsweredAt),
  answeredAt: iso(row.answeredAt),
  handledAt: isoOrNull(row.handledAt),
  handledBy: row.handledBy,
  handledNote: row.handledNote,
});

type GivenRow = AnswerRow & { readonly survey: Survey };

/** An answer with the survey and the member that it belongs to. */
export const givenView = (row: GivenRow): z.infer<typeof memberReplyAnswer> => ({
  surveyId: row.survey.id,
  memberId: row.survey.memberId,
  ruleId: row.survey.ruleId,
  policyVersion: row.survey.policyVersion,
  ...answerView(row),
});
