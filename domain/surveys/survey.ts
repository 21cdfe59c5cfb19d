import { stateDiagram } from '../diagram.ts';
import { ok, type Result, refuse } from '../refusal.ts';

/**
 * The stages of a survey. answered: it may still be changed, until it is closed. lapsed: nobody answered in
 * time. cancelled: it was withdrawn before there was an answer.
 */
export const SURVEY_STATUSES = [
  'scheduled',
  'asked',
  'reminded',
  'answered',
  'closed',
  'lapsed',
  'cancelled',
] as const;
export type SurveyStatus = (typeof SURVEY_STATUSES)[number];

export type SurveyStep = 'ask' | 'remind' | 'answer' | 'close' | 'lapse' | 'cancel';

type Exits = Readonly<Partial<Record<SurveyStep, SurveyStatus>>>;

/**
 * Every step that is not listed is refused: nobody is reminded twice, and nothing is answered that was not
 * asked.
 */
const TABLE: Readonly<Record<SurveyStatus, Exits>> = {
  scheduled: { ask: 'asked', cancel: 'cancelled' },
  asked: { remind: 'reminded', answer: 'answered', lapse: 'lapsed', cancel: 'cancelled' },
  reminded: { answer: 'answered', lapse: 'lapsed', cancel: 'cancelled' },
  // answer: the member has changed their mind.
  answered: { answer: 'answered', close: 'closed' },
  closed: {},
  lapsed: {},
  cancelled: {},
};

/** Whether a survey in this stage is over. */
export const isSurveyEnd = (status: SurveyStatus): boolean => Object.keys(TABLE[status]).length === 0;

/** Whether a member may answer a survey in this stage, or change the answer. */
export const isSurveyOpen = (status: SurveyStatus): boolean => TABLE[status].answer !== undefined;

/** The stage after a step, or `survey_closed` in an end, else `stage_forbids`. */
export function nextSurvey(status: SurveyStatus, step: SurveyStep): Result<SurveyStatus> {
  const to = TABLE[status][step];
  if (to !== undefined) return ok(to);
  return isSurveyEnd(status)
    ? refuse('survey_closed', `The survey is over: it is ${status}.`)
    : refuse('stage_forbids', `The survey is ${status}: there is nothing to ${step}.`);
}

/** When a survey acts by itself, in milliseconds since 1970; those of asking are known once it was asked. */
export interface SurveyDeadlines {
  readonly due_at_ms: number;
  /** Null: no reminder. */
  readonly remind_at_ms: number | null;
  readonly closes_at_ms: number | null;
}

/** What a survey does next by itself, and when. */
export interface SurveyTurn {
  readonly step: Exclude<SurveyStep, 'answer' | 'cancel'>;
  readonly at_ms: number;
}

/**
 * The next turn of a survey; null when it is over. Throws when a survey that was asked has no end: that is a
 * bug.
 */
export function surveyTurn(status: SurveyStatus, deadlines: SurveyDeadlines): SurveyTurn | null {
  const { due_at_ms, remind_at_ms, closes_at_ms } = deadlines;
  if (isSurveyEnd(status)) return null;
  if (status === 'scheduled') return { step: 'ask', at_ms: due_at_ms };
  if (closes_at_ms === null) throw new Error(`a survey that is ${status} has no end`);
  if (status === 'asked' && remind_at_ms !== null) return { step: 'remind', at_ms: remind_at_ms };
  return { step: status === 'answered' ? 'close' : 'lapse', at_ms: closes_at_ms };
}

/** The table as a Mermaid state diagram, so that the documentation shows what the code does. */
export const surveyDiagram = (): string => stateDiagram(['scheduled'], TABLE);
