import { toJson } from '../../domain/money.ts';
import { aboutMember, type OutboxMessage } from '../../engine/events/outbox.ts';

/** What a message says of an award. */
interface AwardMessage {
  readonly awardId: string;
  readonly memberId: string;
  readonly milestoneId: string;
  readonly step: string;
  /** The threshold: a count, or with a unit an amount. */
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

function messageOf(type: 'milestone.reached' | 'milestone.reversed', award: AwardMessage): OutboxMessage {
  const { at, unit, ...others } = award;
  const { awardId, memberId } = others;
  const threshold =
    unit === null ? { at: Number(at), amount: null } : { at: null, amount: toJson({ minor: at, unit }) };
  return {
    key: `${type}:${awardId}`,
    ...aboutMember(memberId),
    type,
    payload: { ...others, ...threshold },
  };
}
