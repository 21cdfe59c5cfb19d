import type { OutboxMessage } from '../../engine/events/outbox.ts';

/** What a message says of an award. */
interface AwardMessage {
  readonly awardId: string;
  readonly memberId: string;
  readonly milestoneId: string;
  readonly step: string;
  readonly at: bigint;
  readonly unit: string | null;
  readonly nth: number;
  readonly policyVersion: number;
  readonly status: 'waiting' | 'awarded' | 'reversed';
  readonly rewardId: string | null;
}

/** A member reached a milestone. Its benefit was granted, or waits for room in the budget. */
export const reachedMessage = (award: AwardMessage): OutboxMessage => messageOf('milestone.reached', award);

/** A member no longer has what a reversible milestone earned. */
export const lostMessage = (award: AwardMessage): OutboxMessage => messageOf('milestone.reversed', award);

function messageOf(type: string, award: AwardMessage): OutboxMessage {
  const { awardId, memberId } = award;
  const key = `${type}:${awardId}`;
  return { key, subject: `member:${memberId}`, members: [memberId], type, payload: { ...award } };
}
