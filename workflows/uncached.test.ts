import { describe } from 'vitest';
import { redemptionScenarios } from '../tests/support/redemptions.ts';
import { referralScenarios } from '../tests/support/referrals.ts';
import { surveyScenarios } from '../tests/support/survey-scenarios.ts';

/** Without a cache every task replays its run from the start, so that anything not deterministic shows. */
describe('with no workflow cached,', () => {
  describe('referral:', () => referralScenarios(0));
  describe('redemption:', () => redemptionScenarios(0));
  describe('survey:', () => surveyScenarios(0));
});
