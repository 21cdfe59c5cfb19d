import { redemptionScenarios } from '../../tests/support/redemptions.ts';

redemptionScenarios(100);
