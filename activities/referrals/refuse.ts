import type { Refusal } from '../../domain/refusal.ts';
import type { Outcome } from '../../engine/events/outcome.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ReferralEventRef, ReferralSnapshot } from './snapshot.ts';
import { writeChange } from './write.ts';

/** An event to be decided, and its subject where that is to be counted. */
interface EventOf {
  readonly ref: ReferralEventRef;
  readonly subject: string | null;
}

/** Decides an event that changes nothing of its referral. Returns the referral's snapshot. */
export function closeEvent(tx: Tx, { ref, subject }: EventOf, outcome: Outcome): Promise<ReferralSnapshot> {
  return writeChange(tx, {
    programId: ref.programId,
    referralId: ref.referralId,
    stage: null,
    rewards: [],
    outbox: [],
    decided: { eventId: ref.eventId, subject, outcome },
  });
}

/**
 * Refuses an event, its outcome marked as `mark` says. Nothing else changes. Returns the referral's snapshot.
 */
export function refuseEvent(
  tx: Tx,
  event: EventOf,
  { code, message }: Pick<Refusal, 'code' | 'message'>,
  mark: Pick<Outcome, 'unreadable' | 'trace'> = {},
): Promise<ReferralSnapshot> {
  return closeEvent(tx, event, {
    decision: 'refused',
    code,
    message,
    referralId: event.ref.referralId,
    ...mark,
  });
}
