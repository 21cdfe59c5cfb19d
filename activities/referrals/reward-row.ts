import { toJson } from '../../domain/money.ts';
import type { Policy } from '../../domain/policies/policy.ts';
import type { RewardGranted } from '../../domain/rewards/rewards.ts';
import type { OutboxMessage } from '../../engine/events/outbox.ts';
import { nameId } from '../../platform/ids.ts';
import type { ReferralEventRef } from './snapshot.ts';

/** A row of `rewards` to be written. */
export interface NewReward {
  readonly id: string;
  readonly key: string;
  readonly memberId: string;
  readonly eventId: string;
  readonly ruleId: string;
  readonly policyVersion: number;
  readonly kind: 'credit' | 'badge' | 'perk';
  readonly label: string | null;
  readonly unit: string | null;
  readonly amountMinor: bigint;
  readonly reversedMinor: bigint;
  readonly status: 'held' | 'available' | 'reversed';
  /** Which of the referrer's referrals it is for, whose time is its own; null: its event's is. */
  readonly nth: number | null;
  readonly grantedAt: string;
  readonly maturesAt: string;
  readonly expiresAt: string | null;
  readonly trace: unknown;
}

/** A row of a reward that is granted now. */
export type GrantedReward = NewReward & { readonly status: 'held' | 'available' };

/** On whose behalf and by which rules something is granted. */
export interface Grantor {
  readonly ref: ReferralEventRef;
  readonly policy: Policy;
  readonly policyVersion: number;
  readonly occurred_at_ms: number;
  /** The event by which it is granted anew; left out: nothing was granted for it before. */
  readonly anewBy?: string | undefined;
  /** The command by which the referral is another referrer's now; left out: none. */
  readonly movedBy?: string | undefined;
}

/**
 * A rule that pays per event has the event in its key. All others pay once per referral, and once more each
 * time that another action qualifies it. What another event grants anew has that one in its key too, and
 * what a new referrer is granted has the move in its key.
 */
export function rewardKey({ ref, policy, anewBy, movedBy }: Grantor, decision: RewardGranted): string {
  const once = `reward:${ref.referralId}:${decision.ruleId}:${decision.recipient}`;
  if (movedBy !== undefined) return `${once}:${ref.eventId}:${movedBy}`;
  const rule = policy.rules.find(({ id }) => id === decision.ruleId);
  if (rule?.trigger.on === 'nth_event') {
    const isAnew = anewBy !== undefined && anewBy !== ref.eventId;
    return `${once}:${ref.eventId}${isAnew ? `:${anewBy}` : ''}`;
  }
  return anewBy === undefined ? once : `${once}:${ref.eventId}:${anewBy}`;
}

/** The row of what a rule grants. */
export function rewardRow(grantor: Grantor, decision: RewardGranted): GrantedReward {
  const { ref, policyVersion, occurred_at_ms } = grantor;
  const key = rewardKey(grantor, decision);
  return {
    id: nameId(ref.programId, key),
    key,
    memberId: decision.recipientId,
    eventId: ref.eventId,
    ruleId: decision.ruleId,
    policyVersion,
    kind: decision.kind,
    label: decision.label,
    unit: decision.amount?.unit ?? null,
    amountMinor: decision.amount?.minor ?? 0n,
    reversedMinor: 0n,
    status: decision.matures_at_ms <= ref.now_ms ? 'available' : 'held',
    nth: decision.nth?.nth ?? null,
    grantedAt: new Date(decision.nth?.at_ms ?? occurred_at_ms).toISOString(),
    maturesAt: new Date(decision.matures_at_ms).toISOString(),
    expiresAt: decision.expires_at_ms === null ? null : new Date(decision.expires_at_ms).toISOString(),
    trace: decision.trace,
  };
}

/** Says that a reward is granted. */
export function grantedMessage(ref: ReferralEventRef, row: GrantedReward): OutboxMessage {
  const { id: rewardId, memberId, ruleId, kind, label, unit, amountMinor, status, maturesAt } = row;
  return {
    key: `reward.granted:${rewardId}`,
    subject: `referral:${ref.referralId}`,
    members: [memberId],
    type: 'reward.granted',
    payload: {
      rewardId,
      referralId: ref.referralId,
      memberId,
      source: 'referral',
      ruleId,
      kind,
      label,
      amount: unit === null ? null : toJson({ minor: amountMinor, unit }),
      status,
      maturesAt,
    },
  };
}
