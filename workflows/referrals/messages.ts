import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { ReferralSnapshot } from '../../activities/referrals/snapshot.ts';
import type { Delivery } from '../messages.ts';

export interface ReferralInput {
  readonly programId: string;
  readonly referralId: string;
  /** What a run hands to the next one when its history has grown long. */
  readonly carried?: { readonly inbox: readonly Delivery[]; readonly snapshot: ReferralSnapshot };
}

/** Tells the workflow of the referral as others left it. A word older than what it knows changes nothing. */
export const tellReferral = defineSignal<[ReferralSnapshot]>('tell');

/** The referral as the workflow last saw it; null before its first event is decided. */
export const currentReferral = defineQuery<ReferralSnapshot | null>('currentReferral');
