import { checkRange, DAYS_MAX, invalid, type Problem } from '../problems.ts';
import { DEFAULT_QUESTIONS, type SurveyQuestion, type Words } from './questions.ts';

/** When a survey is due: at a moment of the member’s life. */
export type SurveyMoment =
  | { readonly on: 'first_reward' }
  | { readonly on: 'days_after_signup'; readonly days: number }
  /** Each redemption that was settled. */
  | { readonly on: 'redemption' }
  /** After so many days without any activity; once for each such silence. */
  | { readonly on: 'lapse'; readonly days: number };

/** Members who brought somebody, members whom somebody brought, or all. */
export type SurveyAudience = 'everyone' | 'referrers' | 'referred';

/** One survey of a program’s policy. */
export interface SurveyRule {
  readonly id: string;
  /** Left out: an NPS and a comment. */
  readonly questions?: readonly SurveyQuestion[];
  readonly moment: SurveyMoment;
  /** How long after the moment it is asked; left out: at once. */
  readonly delay_hours?: number;
  /** Days from asking to the one reminder; 0: none. */
  readonly remind_after_days: number;
  /** Days from asking until it can no longer be answered, or the answer changed. */
  readonly lapse_after_days: number;
  /** A member is asked this only when nothing else was asked for so many days; 0: always. */
  readonly cap_days: number;
  readonly audience?: SurveyAudience;
}

/** The questions of a survey. */
export const questionsOf = (rule: SurveyRule): readonly SurveyQuestion[] =>
  rule.questions ?? DEFAULT_QUESTIONS;

const SURVEYS_MAX = 20;
const QUESTIONS_MAX = 10;
const OPTIONS_MAX = 20;
const LANGUAGES_MAX = 20;
const TEXT_LENGTH_MAX = 300;
const COMMENT_LENGTH_MAX = 5_000;
const SCALE_STEPS_MAX = 20;
const DELAY_HOURS_MAX = 720;
/** A link to answer with is good for longer than this, so that it never ends before the survey does. */
export const LAPSE_DAYS_MAX = 60;
/** No colon, as ids are parts of business keys. */
const ID = /^[a-z0-9][a-z0-9_-]{0,49}$/;
const LANGUAGE = /^[a-z]{2}$/;

/** Problems of a policy’s surveys, each with its place. */
export function checkSurveys(surveys: readonly SurveyRule[]): Problem[] {
  if (surveys.length < 1 || surveys.length > SURVEYS_MAX) {
    return [invalid('surveys', `must be from 1 to ${SURVEYS_MAX}.`)];
  }
  const problems = surveys.flatMap((survey, index) => checkSurvey(`surveys[${index}]`, survey));
  return [...problems, ...checkIds('surveys', surveys)];
}

function checkIds(at: string, items: readonly { readonly id: string }[]): Problem[] {
  const ids = new Set<string>();
  return items.flatMap(({ id }, index) => {
    const place = `${at}[${index}].id`;
    if (!ID.test(id)) return [invalid(place, 'must be 1 to 50 of a-z, 0-9, _ and -.')];
    if (ids.has(id)) return [invalid(place, 'must be unique.')];
    ids.add(id);
    return [];
  });
}

function checkSurvey(at: string, survey: SurveyRule): Problem[] {
  const { moment, questions, delay_hours, remind_after_days, lapse_after_days } = survey;
  const problems = [
    ...('days' in moment ? checkRange(`${at}.moment.days`, moment.days, 1, DAYS_MAX) : []),
    ...(delay_hours === undefined ? [] : checkRange(`${at}.delay_hours`, delay_hours, 0, DELAY_HOURS_MAX)),
    ...checkRange(`${at}.remind_after_days`, remind_after_days, 0, LAPSE_DAYS_MAX),
    ...checkRange(`${at}.lapse_after_days`, lapse_after_days, 1, LAPSE_DAYS_MAX),
    ...checkRange(`${at}.cap_days`, survey.cap_days, 0, DAYS_MAX),
    ...(questions === undefined ? [] : checkQuestions(`${at}.questions`, questions)),
  ];
  if (remind_after_days >= lapse_after_days) {
    problems.push(invalid(`${at}.remind_after_days`, 'must be below lapse_after_days.'));
  }
  return problems;
}

function checkQuestions(at: string, questions: readonly SurveyQuestion[]): Problem[] {
  if (questions.length < 1 || questions.length > QUESTIONS_MAX) {
    return [invalid(at, `must be from 1 to ${QUESTIONS_MAX}.`)];
  }
  const problems = questions.flatMap((question, index) => checkQuestion(`${at}[${index}]`, question));
  // One score a survey: results would not know which of two to show.
  if (questions.filter(({ kind }) => kind === 'nps').length > 1) {
    problems.push(invalid(at, 'must not ask for more than one NPS.'));
  }
  return [...problems, ...checkIds(at, questions)];
}

function checkQuestion(at: string, question: SurveyQuestion): Problem[] {
  const problems = checkWords(`${at}.text`, question.text);
  switch (question.kind) {
    case 'nps':
      return problems;
    case 'scale':
      return [...problems, ...checkScale(at, question.min, question.max)];
    case 'comment':
      return [...problems, ...checkRange(`${at}.length_max`, question.length_max, 1, COMMENT_LENGTH_MAX)];
    case 'choice': {
      const { options } = question;
      if (options.length < 2 || options.length > OPTIONS_MAX) {
        return [...problems, invalid(`${at}.options`, `must be from 2 to ${OPTIONS_MAX}.`)];
      }
      return [
        ...problems,
        ...checkIds(`${at}.options`, options),
        ...options.flatMap(({ text }, index) => checkWords(`${at}.options[${index}].text`, text)),
      ];
    }
  }
}

function checkScale(at: string, min: number, max: number): Problem[] {
  const problems = checkRange(`${at}.min`, min, -100, 100);
  if (!Number.isSafeInteger(max) || max <= min || max - min > SCALE_STEPS_MAX) {
    problems.push(invalid(`${at}.max`, `must be a whole number above min, by at most ${SCALE_STEPS_MAX}.`));
  }
  return problems;
}

function checkWords(at: string, words: Words): Problem[] {
  const languages = Object.keys(words);
  if (!Object.hasOwn(words, 'en') || languages.length > LANGUAGES_MAX) {
    return [invalid(at, `must have words in en, and in at most ${LANGUAGES_MAX} languages.`)];
  }
  if (!languages.every((language) => LANGUAGE.test(language))) {
    return [invalid(at, 'must name languages by two letters.')];
  }
  const isGood = (text: string) => text.trim() !== '' && text.length <= TEXT_LENGTH_MAX;
  if (Object.values(words).every(isGood)) return [];
  return [invalid(at, `must be 1 to ${TEXT_LENGTH_MAX} characters in each language.`)];
}
