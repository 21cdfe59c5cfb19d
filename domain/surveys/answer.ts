import { ok, type Result, refuse } from '../refusal.ts';
import { NPS_MAX } from './nps.ts';
import type { SurveyQuestion } from './questions.ts';

export type AnswerValue = number | string;

/** Answers that fit their questions, by question id. */
export interface CheckedAnswers {
  readonly values: Readonly<Record<string, AnswerValue>>;
  /** The NPS, when that was asked and answered. */
  readonly score: number | null;
  /** All comments, for reading and searching; null when nothing was written. */
  readonly comment: string | null;
}

/** Comments may hold line ends and tabs, but no other invisible characters. */
const UNSEEN = /(?![\n\t])\p{Cc}|\p{Surrogate}/u;

/**
 * Judges answers, given by question id: a whole number for NPS and scales, an option's id for a choice, a
 * text for a comment. Questions may be left out, but not all; a blank comment counts as left out. Refuses
 * with `answer_question_unknown`, `answer_kind_wrong`, `answer_out_of_range`, `answer_option_unknown`,
 * `answer_too_long` and `answer_empty`.
 */
export function checkAnswers(
  questions: readonly SurveyQuestion[],
  given: Readonly<Record<string, unknown>>,
): Result<CheckedAnswers> {
  const questionIds = new Set(questions.map(({ id }) => id));
  if (Object.keys(given).some((id) => !questionIds.has(id))) {
    return refuse('answer_question_unknown', 'An answer names a question that this survey does not ask.');
  }
  const answered: Answered[] = [];
  for (const question of questions.filter(({ id }) => Object.hasOwn(given, id))) {
    const checked = checkAnswer(question, given[question.id]);
    if (!checked.ok) return checked;
    if (checked.value !== null) answered.push({ question, value: checked.value });
  }
  if (answered.length === 0) return refuse('answer_empty', 'Answer one question at least.');
  const score = answered.find(({ question }) => question.kind === 'nps')?.value;
  const comments = answered.filter(({ question }) => question.kind === 'comment').map(({ value }) => value);
  return ok({
    values: Object.fromEntries(answered.map(({ question, value }) => [question.id, value])),
    score: typeof score === 'number' ? score : null,
    comment: comments.length === 0 ? null : comments.join('\n\n'),
  });
}

interface Answered {
  readonly question: SurveyQuestion;
  readonly value: AnswerValue;
}

function checkAnswer(question: SurveyQuestion, value: unknown): Result<AnswerValue | null> {
  switch (question.kind) {
    case 'nps':
      return checkNumber(value, 0, NPS_MAX);
    case 'scale':
      return checkNumber(value, question.min, question.max);
    case 'choice':
      if (typeof value !== 'string') return wrongKind('an option');
      if (question.options.some(({ id }) => id === value)) return ok(value);
      return refuse('answer_option_unknown', 'The survey has no such option.');
    case 'comment':
      return checkComment(value, question.length_max);
  }
}

function checkNumber(value: unknown, min: number, max: number): Result<number> {
  if (typeof value !== 'number' || !Number.isInteger(value)) return wrongKind('a whole number');
  if (value >= min && value <= max) return ok(value);
  return refuse('answer_out_of_range', `The answer must be from ${min} to ${max}.`);
}

function checkComment(value: unknown, length_max: number): Result<string | null> {
  if (typeof value !== 'string') return wrongKind('a text');
  const text = value.replaceAll('\r\n', '\n').trim();
  // The limit comes first, so that long answers are refused before they are processed.
  if (text.length > length_max) {
    return refuse('answer_too_long', `A comment has at most ${length_max} characters.`);
  }
  if (UNSEEN.test(text)) return wrongKind('a text without control characters');
  return ok(text === '' ? null : text);
}

const wrongKind = (wanted: string) => refuse('answer_kind_wrong', `The answer must be ${wanted}.`);
