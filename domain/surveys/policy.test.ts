import { describe, expect, it } from 'vitest';
import { builtinPolicy } from '../policies/builtin.ts';
import { checkPolicy } from '../policies/check.ts';
import { policyFromJson, policyToJson } from '../policies/json.ts';
import { checkSurveys, questionsOf, type SurveyRule } from './policy.ts';
import { DEFAULT_QUESTIONS, type SurveyQuestion } from './questions.ts';

const text = { en: 'Well?', de: 'Nun?' };
const good: SurveyRule = {
  id: 'nps',
  moment: { on: 'lapse', days: 60 },
  delay_hours: 2,
  remind_after_days: 3,
  lapse_after_days: 10,
  cap_days: 30,
  audience: 'referrers',
};
const option = (id: string) => ({ id, text });
const asking = (...questions: SurveyQuestion[]): SurveyRule => ({ ...good, questions });
const places = (...surveys: SurveyRule[]) => checkSurveys(surveys).map(({ at }) => at);

describe('a policy’s surveys', () => {
  it('that are sound have no problem, and survive being stored', () => {
    const whole = asking(
      { id: 'a', kind: 'nps', text },
      { id: 'b', kind: 'scale', text, min: 1, max: 5 },
      { id: 'c', kind: 'choice', text, options: [option('x'), option('y')] },
      { id: 'd', kind: 'comment', text, length_max: 500 },
    );
    const policy = { ...builtinPolicy('USD'), surveys: [good, { ...whole, id: 'whole' }] };
    expect(checkPolicy(policy)).toMatchObject({ ok: true });
    expect(policyFromJson(policyToJson(policy))).toEqual(policy);
  });

  it('ask the usual questions when they name none', () => {
    expect(questionsOf(good)).toBe(DEFAULT_QUESTIONS);
    expect(places(asking(...DEFAULT_QUESTIONS))).toEqual([]);
  });

  it.each<[string, SurveyRule[], string]>([
    ['none at all', [], 'surveys'],
    ['two of one id', [good, good], 'surveys[1].id'],
    ['an id that would break a key', [{ ...good, id: 'a:b' }], 'surveys[0].id'],
    ['a moment of no days', [{ ...good, moment: { on: 'lapse', days: 0 } }], 'surveys[0].moment.days'],
    ['a delay of months', [{ ...good, delay_hours: 721 }], 'surveys[0].delay_hours'],
    ['a reminder after the end', [{ ...good, remind_after_days: 10 }], 'surveys[0].remind_after_days'],
    ['an end beyond the link’s', [{ ...good, lapse_after_days: 61 }], 'surveys[0].lapse_after_days'],
    ['a cap below nothing', [{ ...good, cap_days: -1 }], 'surveys[0].cap_days'],
    ['no question', [asking()], 'surveys[0].questions'],
    [
      'two scores',
      [asking({ id: 'a', kind: 'nps', text }, { id: 'b', kind: 'nps', text })],
      'surveys[0].questions',
    ],
    [
      'a scale that goes down',
      [asking({ id: 'a', kind: 'scale', text, min: 5, max: 1 })],
      'surveys[0].questions[0].max',
    ],
    [
      'a scale of a hundred steps',
      [asking({ id: 'a', kind: 'scale', text, min: 0, max: 100 })],
      'surveys[0].questions[0].max',
    ],
    [
      'a choice of one',
      [asking({ id: 'a', kind: 'choice', text, options: [option('x')] })],
      'surveys[0].questions[0].options',
    ],
    [
      'one option twice',
      [asking({ id: 'a', kind: 'choice', text, options: [option('x'), option('x')] })],
      'surveys[0].questions[0].options[1].id',
    ],
    [
      'a comment of no length',
      [asking({ id: 'a', kind: 'comment', text, length_max: 0 })],
      'surveys[0].questions[0].length_max',
    ],
    [
      'words without English',
      [asking({ id: 'a', kind: 'nps', text: { de: 'Nun?' } })],
      'surveys[0].questions[0].text',
    ],
    ['blank words', [asking({ id: 'a', kind: 'nps', text: { en: ' ' } })], 'surveys[0].questions[0].text'],
    [
      'a language that is none',
      [asking({ id: 'a', kind: 'nps', text: { en: 'A', deu: 'B' } })],
      'surveys[0].questions[0].text',
    ],
  ])('with %s are refused, with the place', (_name, surveys, place) => {
    expect(places(...surveys)).toContain(place);
  });
});
