import { router } from '../trpc/builder.ts';
import { memberSurveyProcedures } from './member-procedures.ts';
import { operatorSurveyProcedures } from './operator-procedures.ts';

/** Surveys: what members are asked and answer, and what operators make of it. */
export const surveysRouter = router({ ...memberSurveyProcedures, ...operatorSurveyProcedures });
