import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testSurveyRule } from '../../tests/support/survey-rule.ts';
import { DAY_MS, HOUR_MS } from '../time.ts';
import {
  FRESH_MS,
  type KnownSurvey,
  type MomentFacts,
  occasionsOf,
  planSurveys,
  type SurveyPlan,
} from './moments.ts';
import type { SurveyMoment, SurveyRule } from './policy.ts';

const facts = (changes: Partial<MomentFacts> = {}): MomentFacts => ({
  joined_at_ms: 0,
  active_at_ms: 0,
  first_reward_at_ms: null,
  redeemed: [],
  has_referred: false,
  was_referred: false,
  ...changes,
});
const named = (survey: SurveyRule, given: MomentFacts) =>
  occasionsOf(survey, given).map(({ occasion, at_ms }) => [occasion, at_ms]);

describe('moments', () => {
  it.each<[SurveyMoment, Partial<MomentFacts>, unknown]>([
    [{ on: 'first_reward' }, {}, []],
    [{ on: 'first_reward' }, { first_reward_at_ms: 5 }, [['first_reward', 5]]],
    [{ on: 'days_after_signup', days: 7 }, { joined_at_ms: 5 }, [['signup', 5 + 7 * DAY_MS]]],
    [{ on: 'redemption' }, { redeemed: [{ id: 'r', at_ms: 4 }] }, [['redemption-r', 4]]],
    [{ on: 'lapse', days: 2 }, { active_at_ms: 9 }, [['lapse-9', 9 + 2 * DAY_MS]]],
  ])('of %j with %j', (moment, changes, expected) => {
    expect(named(testSurveyRule({ moment }), facts(changes))).toEqual(expected);
  });

  it('come as many hours later as the policy says', () => {
    const survey = testSurveyRule({ moment: { on: 'first_reward' }, delay_hours: 3 });
    expect(named(survey, facts({ first_reward_at_ms: 1 }))).toEqual([['first_reward', 1 + 3 * HOUR_MS]]);
  });

  it('are those of the audience alone', () => {
    const audienceOf = (changes: Partial<MomentFacts>) =>
      (['everyone', 'referrers', 'referred'] as const).filter(
        (audience) => occasionsOf(testSurveyRule({ audience }), facts(changes)).length > 0,
      );
    expect(audienceOf({})).toEqual(['everyone']);
    expect(audienceOf({ has_referred: true })).toEqual(['everyone', 'referrers']);
    expect(audienceOf({ was_referred: true })).toEqual(['everyone', 'referred']);
  });
});

describe('what is to be asked now', () => {
  const at = (
    now_ms: number,
    surveys: readonly SurveyRule[],
    known: readonly KnownSurvey[] = [],
  ): SurveyPlan => planSurveys(surveys, facts(), known, now_ms);
  const asked = (survey_id: string, asked_at_ms: number | null, occasion = 'x') => ({
    survey_id,
    occasion,
    asked_at_ms,
  });

  it('is nothing before the moment, and the moment is told', () => {
    expect(at(7 * DAY_MS - 1, [testSurveyRule()])).toEqual({ due: [], next_at_ms: 7 * DAY_MS });
  });

  it('is what has come, once', () => {
    expect(at(8 * DAY_MS, [testSurveyRule()]).due).toMatchObject([
      { occasion: 'signup', ask_at_ms: 8 * DAY_MS },
    ]);
    expect(at(8 * DAY_MS, [testSurveyRule()], [asked('nps', 7 * DAY_MS, 'signup')])).toEqual({
      due: [],
      next_at_ms: null,
    });
  });

  it('is nothing that is long past', () => {
    expect(at(7 * DAY_MS + FRESH_MS + 1, [testSurveyRule()]).due).toEqual([]);
  });

  it('waits until the cap allows it, and is let go when its moment is over by then', () => {
    const survey = testSurveyRule({ cap_days: 20 });
    expect(at(8 * DAY_MS, [survey], [asked('other', 6 * DAY_MS)]).due[0]?.ask_at_ms).toBe(26 * DAY_MS);
    expect(at(8 * DAY_MS, [testSurveyRule({ cap_days: 90 })], [asked('other', 6 * DAY_MS)]).due).toEqual([]);
  });

  it('does not count what was withdrawn before anybody was asked', () => {
    expect(at(8 * DAY_MS, [testSurveyRule({ cap_days: 20 })], [asked('other', null)]).due[0]?.ask_at_ms).toBe(
      8 * DAY_MS,
    );
  });

  it('keeps a member’s surveys their cap apart and asks each once, not early, whoever looks when', () => {
    const moments = fc.oneof(
      fc.record({ on: fc.constant('days_after_signup' as const), days: fc.integer({ min: 1, max: 40 }) }),
      fc.record({ on: fc.constant('lapse' as const), days: fc.integer({ min: 1, max: 40 }) }),
      fc.constant({ on: 'first_reward' as const }),
      fc.constant({ on: 'redemption' as const }),
    );
    const day = fc.integer({ min: 0, max: 100 }).map((days) => days * DAY_MS);
    fc.assert(
      fc.property(
        fc.array(moments, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 0, max: 30 }),
        fc.array(day, { minLength: 1, maxLength: 12 }),
        fc.array(day, { maxLength: 4 }),
        (each, cap_days, looks, redeemed) => {
          const surveys = each.map((moment, index) => testSurveyRule({ id: `s${index}`, moment, cap_days }));
          const given = facts({
            first_reward_at_ms: 3 * DAY_MS,
            redeemed: redeemed.map((at_ms, index) => ({ id: String(index), at_ms })),
          });
          const known: KnownSurvey[] = [];
          for (const now_ms of [...looks].sort((a, b) => a - b)) {
            const { due } = planSurveys(surveys, given, known, now_ms);
            for (const { survey, occasion, at_ms, ask_at_ms } of due) {
              expect(ask_at_ms).toBeGreaterThanOrEqual(Math.max(now_ms, at_ms));
              expect(ask_at_ms).toBeLessThanOrEqual(at_ms + FRESH_MS);
              known.push({ survey_id: survey.id, occasion, asked_at_ms: ask_at_ms });
            }
          }
          expect(new Set(known.map(({ survey_id, occasion }) => `${survey_id}:${occasion}`)).size).toBe(
            known.length,
          );
          const times = known.map(({ asked_at_ms }) => asked_at_ms ?? 0).sort((a, b) => a - b);
          for (const [index, time_ms] of times.entries()) {
            const before_ms = times[index - 1];
            if (before_ms !== undefined)
              expect(time_ms - before_ms).toBeGreaterThanOrEqual(cap_days * DAY_MS);
          }
        },
      ),
    );
  });
});
