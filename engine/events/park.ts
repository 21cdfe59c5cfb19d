import type { Tx } from '../../prisma/client.ts';

/** Takes an undecided event out of the queue, with the reason. */
export async function parkEvent(
  tx: Tx,
  {
    programId,
    eventId,
    reason,
  }: { readonly programId: string; readonly eventId: string; readonly reason: string },
): Promise<void> {
  await tx.$executeRaw`
    UPDATE events SET state = 'parked', reason = ${reason}
    WHERE program_id = ${programId}::uuid AND id = ${eventId}::uuid AND state <> 'decided'`;
}
