import { EARLIER_MAX } from '../../domain/referrals/attribution.ts';
import type { Tx } from '../../prisma/client.ts';

/** How many actions and refunds of a member are on record, counted a little past the most. */
export async function countEarlierEvents(tx: Tx, programId: string, subject: string): Promise<number> {
  const [row] = await tx.$queryRaw<{ events: number }[]>`
    SELECT count(*)::int AS events FROM (
      SELECT FROM events
      WHERE program_id = ${programId}::uuid AND subject = ${subject} AND type <> 'signup'
        AND position('.' IN type) = 0 LIMIT ${EARLIER_MAX + 1}) e`;
  return row?.events ?? 0;
}
