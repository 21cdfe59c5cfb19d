import { defineQuery } from '@temporalio/workflow';
import type { SurveySnapshot } from '../../activities/surveys/snapshot.ts';
import type { Delivery } from '../messages.ts';

export interface SurveyInput {
  readonly programId: string;
  readonly surveyId: string;
  /** What a run hands to the next one when its history has grown long. */
  readonly carried?: { readonly inbox: readonly Delivery[]; readonly snapshot: SurveySnapshot };
}

/** The survey as the workflow last saw it; null before it has looked. */
export const currentSurvey = defineQuery<SurveySnapshot | null>('currentSurvey');
