import { referralDetours } from './referral-detours.ts';
import { referralLives } from './referral-lives.ts';
import { useReferralWorkflows } from './referral-workflows.ts';

/** Every way a referral's workflow can go, in skipped time. */
export function referralScenarios(maxCachedWorkflows: number): void {
  const workflows = useReferralWorkflows(maxCachedWorkflows);
  referralLives(workflows);
  referralDetours(workflows);
}
