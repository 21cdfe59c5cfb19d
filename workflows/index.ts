/** The workflow bundle's entry: every workflow type by the name it is started under. */
export { badges } from './badges/schedule.ts';
export { leaderboards } from './leaderboards/schedule.ts';
export { member } from './members/workflow.ts';
export { milestones } from './milestones/schedule.ts';
export { programs } from './programs/schedule.ts';
export { redemption } from './redemptions/workflow.ts';
export { referral } from './referrals/workflow.ts';
export { surveys } from './surveys/schedule.ts';
export { survey } from './surveys/workflow.ts';
export { upkeep } from './upkeep/schedule.ts';
export { delivery } from './webhooks/workflow.ts';
