import type { Refusal } from '../../domain/refusal.ts';
import type { Outcome } from '../../engine/events/outcome.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ReferralEventRef, ReferralSnapshot } from './snapshot.ts';
import { writeChange } from './write.ts';

/** Refuses an event. Nothing else changes. */
export async function refuseEvent(
  tx: Tx,
  { ref, subject }: { readonly ref: ReferralEventRef; readonly subject: string | null },
  refusal: Pick<Refusal, 'code' | 'message'>,
): Promise<ReferralSnapshot> {
  const { code, message } = refusal;
  const outcome: Outcome = { decision: 'refused', code, message, referralId: ref.referralId };
  return await writeChange(tx, {
    programId: ref.programId,
    referralId: ref.referralId,
    stage: null,
    rewards: [],
    outbox: [],
    decided: { eventId: ref.eventId, subject, outcome },
  });
}
