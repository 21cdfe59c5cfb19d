import { isRedemptionEnd, REDEMPTION_STATUSES } from '../../domain/redemptions/redemption.ts';
import type { Database, Tx } from '../../prisma/client.ts';

const UNDER_WAY = REDEMPTION_STATUSES.filter((status) => !isRedemptionEnd(status));

/** Whether a redemption of the member is under way, so that nothing of theirs may go from under its feet. */
export const isRedeeming = async (db: Database | Tx, programId: string, memberId: string) =>
  (await db.redemption.count({ where: { programId, memberId, status: { in: UNDER_WAY } } })) > 0;
