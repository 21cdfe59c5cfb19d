import { defineQuery } from '@temporalio/workflow';
import type { Delivery } from '../messages.ts';

/** The most events that a member's steps handle together, each step in transactions of its own. */
export const MEMBER_BATCH_MAX = 50;

export interface MemberInput {
  readonly programId: string;
  readonly memberId: string;
  /** What a run hands to the next one when its history has grown long. */
  readonly carried?: { readonly inbox: readonly Delivery[]; readonly due_at_ms: number | null };
}

/** The state of the workflow between two batches. */
export interface MemberState {
  /** Events handed over so far in this run. */
  readonly events: number;
  /** When the steps run again without a new event; null: only with one. */
  readonly due_at_ms: number | null;
}

export const currentMember = defineQuery<MemberState>('currentMember');
