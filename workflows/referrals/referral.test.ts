import { referralScenarios } from '../../tests/support/referrals.ts';

referralScenarios(100);
