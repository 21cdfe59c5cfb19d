import { describe, expect, it } from 'vitest';
import { expectDrawn } from '../../tests/support/stages.ts';
import {
  isSurveyEnd,
  isSurveyOpen,
  nextSurvey,
  SURVEY_STATUSES,
  type SurveyStatus,
  type SurveyStep,
  surveyDiagram,
  surveyTurn,
} from './survey.ts';

const STEPS: readonly SurveyStep[] = ['ask', 'remind', 'answer', 'close', 'lapse', 'cancel'];

const ALLOWED: readonly (readonly [SurveyStatus, SurveyStep, SurveyStatus])[] = [
  ['scheduled', 'ask', 'asked'],
  ['scheduled', 'cancel', 'cancelled'],
  ['asked', 'remind', 'reminded'],
  ['asked', 'answer', 'answered'],
  ['asked', 'lapse', 'lapsed'],
  ['asked', 'cancel', 'cancelled'],
  ['reminded', 'answer', 'answered'],
  ['reminded', 'lapse', 'lapsed'],
  ['reminded', 'cancel', 'cancelled'],
  ['answered', 'answer', 'answered'],
  ['answered', 'close', 'closed'],
];
const ENDS: readonly SurveyStatus[] = ['closed', 'lapsed', 'cancelled'];
const every = SURVEY_STATUSES.flatMap((status) => STEPS.map((step) => [status, step] as const));

describe('the stages of a survey', () => {
  it.each(ALLOWED)('from %s, %s leads to %s', (status, step, to) => {
    expect(nextSurvey(status, step)).toEqual({ ok: true, value: to });
  });

  it('allow nothing else: an end refuses as closed, every other stage as forbidden', () => {
    const isAllowed = (status: SurveyStatus, step: SurveyStep) =>
      ALLOWED.some(([from, by]) => from === status && by === step);
    for (const [status, step] of every.filter(([from, by]) => !isAllowed(from, by))) {
      const code = ENDS.includes(status) ? 'survey_closed' : 'stage_forbids';
      expect(nextSurvey(status, step), `${status} ${step}`).toMatchObject({ ok: false, code });
    }
  });

  it('end closed, lapsed or cancelled, and may be answered from the asking to the end', () => {
    expect(SURVEY_STATUSES.filter(isSurveyEnd)).toEqual(ENDS);
    expect(SURVEY_STATUSES.filter(isSurveyOpen)).toEqual(['asked', 'reminded', 'answered']);
  });

  it('are drawn as they are', () => {
    expectDrawn(surveyDiagram(), { beginnings: ['scheduled'], moves: ALLOWED, ends: ENDS });
  });
});

describe('what a survey does by itself', () => {
  const deadlines = { due_at_ms: 1, remind_at_ms: 2, closes_at_ms: 3 };

  it.each([
    ['scheduled', 'ask', 1],
    ['asked', 'remind', 2],
    ['reminded', 'lapse', 3],
    ['answered', 'close', 3],
  ] as const)('while %s: %s', (status, step, at_ms) => {
    expect(surveyTurn(status, deadlines)).toEqual({ step, at_ms });
  });

  it('is nothing once it is over, and no reminder where there is to be none', () => {
    for (const end of ENDS) expect(surveyTurn(end, deadlines)).toBeNull();
    expect(surveyTurn('asked', { ...deadlines, remind_at_ms: null })).toEqual({ step: 'lapse', at_ms: 3 });
  });

  it('is always a step that its stage allows', () => {
    for (const status of SURVEY_STATUSES) {
      const turn = surveyTurn(status, deadlines);
      if (turn !== null) expect(nextSurvey(status, turn.step).ok).toBe(true);
    }
  });

  it('cannot be told of a survey that was asked without an end: that is a bug', () => {
    expect(() => surveyTurn('asked', { ...deadlines, closes_at_ms: null })).toThrow('no end');
  });
});
