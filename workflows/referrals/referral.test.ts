import { referralScenarios } from '../../tests/support/referral-scenarios.ts';

referralScenarios(100);
