/** The workflow bundle's entry: every workflow type by the name it is started under. */
export { badges } from './badges/workflow.ts';
export { leaderboards } from './leaderboards/workflow.ts';
export { member } from './member/workflow.ts';
export { milestones } from './milestones/workflow.ts';
export { redemption } from './redemption/workflow.ts';
export { referral } from './referral/workflow.ts';
export { survey } from './survey/workflow.ts';
export { surveys } from './surveys/workflow.ts';
export { upkeep } from './upkeep/workflow.ts';
