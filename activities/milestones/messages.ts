import type { OutboxMessage } from '../../engine/events/outbox.ts';

interface AwardTold {
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

/** That a member reached a milestone, whether what it earns could be granted at once or waits for the budget. */
export const reachedMessage = (told: AwardTold): OutboxMessage => messageOf('milestone.reached', told);

/** That a member no longer has what a reversible milestone had earned. */
export const lostMessage = (told: AwardTold): OutboxMessage => messageOf('milestone.reversed', told);

function messageOf(type: string, told: AwardTold): OutboxMessage {
  const { awardId, memberId } = told;
  const key = `${type}:${awardId}`;
  return { key, subject: `member:${memberId}`, members: [memberId], type, payload: { ...told } };
}
