import type { Milestone } from '../milestones/policy.ts';
import type { Money } from '../money.ts';
import type { NoticePolicy } from '../notices/policy.ts';
import type { PointsPolicy } from '../points/policy.ts';
import type { RedemptionPolicy } from '../redemptions/policy.ts';
import type { AttributionPolicy, FraudPolicy, QualificationPolicy } from '../referrals/policy.ts';
import type { Rule } from '../rewards/rule.ts';
import type { SurveyRule } from '../surveys/policy.ts';

export interface Policy {
  /** Unit of every credit of this policy. */
  readonly unit: string;
  readonly attribution: AttributionPolicy;
  readonly qualification: QualificationPolicy;
  /** How long after an action a refund of it still takes back. */
  readonly refund_days: number;
  /** How long after the signup actions earn; null: without end; left out: until the referral closes. */
  readonly earning_days?: number | null;
  /** How long a personal invitation may wait for its signup. */
  readonly invitation_days: number;
  readonly rules: readonly Rule[];
  readonly fraud: FraudPolicy;
  /** The most that may ever be granted, net of what was taken back; null: no limit. */
  readonly budget: Money | null;
  readonly redemption: RedemptionPolicy;
  readonly notices?: NoticePolicy;
  /** What members are asked, and when. */
  readonly surveys?: readonly SurveyRule[];
  /** What members' counts earn, apart from single referrals; the version in force counts. */
  readonly milestones?: readonly Milestone[];
  /** What members' actions earn in points, levels and achievements. */
  readonly points?: PointsPolicy | undefined;
}
