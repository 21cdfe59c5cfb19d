import { surveyScenarios } from '../../tests/support/survey-scenarios.ts';

surveyScenarios(100);
