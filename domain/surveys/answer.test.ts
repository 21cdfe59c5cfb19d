import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkAnswers } from './answer.ts';
import { DEFAULT_QUESTIONS, type SurveyQuestion, wordsIn } from './questions.ts';

const text = { en: 'Well?' };
const QUESTIONS: readonly SurveyQuestion[] = [
  { id: 'nps', kind: 'nps', text },
  { id: 'ease', kind: 'scale', text, min: -2, max: 2 },
  {
    id: 'how',
    kind: 'choice',
    text,
    options: [
      { id: 'friend', text },
      { id: 'web', text },
    ],
  },
  { id: 'why', kind: 'comment', text, length_max: 10 },
  { id: 'more', kind: 'comment', text, length_max: 10 },
];
const check = (given: Readonly<Record<string, unknown>>) => checkAnswers(QUESTIONS, given);

describe('answers', () => {
  it('that fit are taken, with the score and all that was written', () => {
    const given = { nps: 10, ease: -2, how: 'web', why: ' a\r\nb ', more: 'c' };
    expect(check(given)).toEqual({
      ok: true,
      value: { values: { ...given, why: 'a\nb' }, score: 10, comment: 'a\nb\n\nc' },
    });
  });

  it('may leave questions out, and a blank comment is left out', () => {
    expect(check({ ease: 0, why: ' \n ' })).toEqual({
      ok: true,
      value: { values: { ease: 0 }, score: null, comment: null },
    });
  });

  it.each([
    [{ nps: 11 }, 'answer_out_of_range'],
    [{ nps: -1 }, 'answer_out_of_range'],
    [{ ease: 3 }, 'answer_out_of_range'],
    [{ nps: 9.5 }, 'answer_kind_wrong'],
    [{ nps: Number.NaN }, 'answer_kind_wrong'],
    [{ nps: '9' }, 'answer_kind_wrong'],
    [{ nps: null }, 'answer_kind_wrong'],
    [{ how: 1 }, 'answer_kind_wrong'],
    [{ how: 'radio' }, 'answer_option_unknown'],
    [{ how: '' }, 'answer_option_unknown'],
    [{ why: ['a'] }, 'answer_kind_wrong'],
    [{ why: 'a\u0000b' }, 'answer_kind_wrong'],
    [{ why: '\ud800' }, 'answer_kind_wrong'],
    [{ why: 'x'.repeat(11) }, 'answer_too_long'],
    [{ nps: 9, other: 1 }, 'answer_question_unknown'],
    [{ nps: 9, toString: 1 }, 'answer_question_unknown'],
    [{}, 'answer_empty'],
    [{ why: '' }, 'answer_empty'],
  ])('%j are refused with %s', (given, code) => {
    expect(check(given)).toMatchObject({ ok: false, code });
  });

  it('of any kind either fit every question or are refused, and are then fit to be given again', () => {
    const value = fc.oneof(
      fc.integer({ min: -3, max: 12 }),
      fc.string({ maxLength: 12 }),
      fc.constant('web'),
    );
    const given = fc.dictionary(fc.constantFrom('nps', 'ease', 'how', 'why'), value);
    fc.assert(
      fc.property(given, (some) => {
        const checked = check(some);
        if (!checked.ok) return;
        const { values, score } = checked.value;
        expect(score === null || (Number.isInteger(score) && score >= 0 && score <= 10)).toBe(true);
        expect(check(values)).toEqual(checked);
      }),
    );
  });

  it('to the questions that a policy need not name are a score and a comment', () => {
    expect(checkAnswers(DEFAULT_QUESTIONS, { nps: 7, comment: 'Good' })).toMatchObject({ ok: true });
  });
});

describe('words', () => {
  it('are those of the locale’s language, or else English', () => {
    const words = { en: 'Hello', de: 'Hallo' };
    expect(['de', 'de-AT', 'DE_de', 'fr', ''].map((locale) => wordsIn(words, locale))).toEqual([
      'Hallo',
      'Hallo',
      'Hallo',
      'Hello',
      'Hello',
    ]);
  });
});
