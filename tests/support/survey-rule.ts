import type { SurveyRule } from '../../domain/surveys/policy.ts';

/** A survey asked a week after signup, with what a test wants otherwise. */
export const testSurveyRule = (changes: Partial<SurveyRule> = {}): SurveyRule => ({
  id: 'nps',
  moment: { on: 'days_after_signup', days: 7 },
  remind_after_days: 3,
  lapse_after_days: 10,
  cap_days: 0,
  ...changes,
});
