import { wakePump } from '../../engine/events/wake.ts';
import { memberWorkflow } from '../../engine/events/workflow-ids.ts';
import type { Tx } from '../../prisma/client.ts';

/** A member who had not been referred, and is now by an operator's word. */
interface Newcomer {
  readonly programId: string;
  readonly subject: string;
  readonly memberId: string;
}

/**
 * Makes the actions and refunds due again that were decided while nobody was credited with the member:
 * refused as `not_referred`, refused with the action that they take back, or only counted for points, which
 * happens once whatever decides them. The pump then hands them to the referral.
 */
export async function reopenEarlier(tx: Tx, { programId, subject, memberId }: Newcomer): Promise<void> {
  await tx.$executeRaw`
    UPDATE events SET state = 'pending', outcome = NULL, decided_at = NULL, workflow_id = NULL, reason = NULL,
      attempts = 0, due_at = now()
    WHERE program_id = ${programId}::uuid AND subject = ${subject} AND state = 'decided'
      AND type <> 'signup' AND position('.' IN type) = 0
      AND (outcome->>'code' = 'not_referred' OR workflow_id = ${memberWorkflow(memberId)}
           OR (type = 'refund' AND outcome->>'code' = 'refund_of_unknown'))`;
  await wakePump(tx);
}
