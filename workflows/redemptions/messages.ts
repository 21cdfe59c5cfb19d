import { defineQuery } from '@temporalio/workflow';
import type { RedemptionSnapshot } from '../../activities/redemptions/snapshot.ts';

export interface RedemptionInput {
  readonly programId: string;
  readonly redemptionId: string;
}

/** The redemption as the workflow last saw it; null before its request is decided. */
export const currentRedemption = defineQuery<RedemptionSnapshot | null>('currentRedemption');
