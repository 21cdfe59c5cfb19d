import { redemptionScenarios } from '../../tests/support/redemption-scenarios.ts';

redemptionScenarios(100);
