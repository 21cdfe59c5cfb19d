import type { Policy } from './policy.ts';

/** The sections of a policy that hold rules for members, whatever referral they come from. */
const MEMBER_SECTIONS = [
  'milestones',
  'notices',
  'points',
  'surveys',
] as const satisfies readonly (keyof Policy)[];

/** Whether a policy has anything for a member's workflow to do. */
export function engages(policy: Policy): boolean {
  return MEMBER_SECTIONS.some((section) => policy[section] !== undefined);
}
